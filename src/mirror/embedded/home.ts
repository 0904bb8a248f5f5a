import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { OperatorError, messageOf } from "../../core/errors.ts";
import { type EmbeddedHost, isRoot } from "./options.ts";

/** The paths in the data folder. */
export interface Home {
  readonly dataDir: string;
  /** Created by one rename, so the passwords in it always belong to the data in it. */
  readonly cluster: string;
  /** Postgres's data directory. */
  readonly data: string;
  /** The only copy of the passwords, in libpq's passfile format, mode 0600. */
  readonly passfile: string;
  readonly log: string;
}

export function homeAt(folder: string): Home {
  const dataDir = resolve(folder);
  const cluster = join(dataDir, "cluster");
  return {
    dataDir,
    cluster,
    data: join(cluster, "data"),
    passfile: join(cluster, "passfile"),
    log: join(cluster, "server.log"),
  };
}

/** Creates the data folder if it does not exist; an existing one keeps its permissions. */
export async function openHome(folder: string, host: EmbeddedHost): Promise<Home> {
  const home = homeAt(folder);
  const { dataDir } = home;
  if (/[$`"\n]/.test(dataDir)) {
    throw new OperatorError(`the path of the data folder ${dataDir} contains $, \`, " or a line break`, {
      hint: "PostgreSQL passes paths to a shell without escaping these: set DATA_DIR to another folder.",
    });
  }
  try {
    const topmost = await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (topmost === undefined || !isRoot(host)) return home;
    // The account that Postgres then runs as must be able to pass through, whatever the umask.
    for (let made = dataDir; made.startsWith(topmost); made = dirname(made)) await chmod(made, 0o711);
    return home;
  } catch (cause) {
    throw new OperatorError(`cannot create the data folder ${dataDir}: ${messageOf(cause)}`, {
      hint: "Set DATA_DIR to a folder this user may write to, or DATABASE_URL to a Postgres of your own.",
      cause,
    });
  }
}

const STAGING = ".new-";

/**
 * Fills a temporary folder beside `target` and renames it, so that `target` is complete or absent even after a kill.
 * When several processes do this at once, the first rename wins and the others discard their work.
 */
export async function createFolder(target: string, fill: (staging: string) => Promise<void>): Promise<void> {
  const staging = await mkdtemp(join(dirname(target), STAGING));
  try {
    await chmod(staging, 0o711);
    await fill(staging);
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true, maxRetries: 3 });
    if (!(await exists(target))) throw error;
  }
}

/** Removes the unfinished folders of killed processes and those named by `isUnused`. */
export async function removeLeftovers(home: Home, isUnused: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(home.dataDir)) {
    if (!name.startsWith(STAGING) && !isUnused(name)) continue;
    await rm(join(home.dataDir, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
