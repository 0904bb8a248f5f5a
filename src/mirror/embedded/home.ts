import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { OperatorError, messageOf } from "../../core/errors.ts";
import { type EmbeddedHost, isRoot } from "./host.ts";

/** Where things lie in the data folder. */
export interface Home {
  readonly dataDir: string;
  /** Appears in one rename, whole: the password always belongs to the data beside it. */
  readonly cluster: string;
  /** Postgres's own data directory. */
  readonly data: string;
  /** The only copy of the password, in libpq's passfile format, mode 0600. */
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

/** Makes the data folder if need be; one that exists keeps its permissions. */
export async function makeHome(home: Home, host: EmbeddedHost): Promise<void> {
  if (/[$`"\n]/.test(home.dataDir)) {
    throw new OperatorError(`the data folder ${home.dataDir} has one of the characters $ \` " in its path`, {
      hint: "PostgreSQL's initdb hands paths to a shell and does not guard these: set DATA_DIR to another folder.",
    });
  }
  try {
    const topmost = await mkdir(home.dataDir, { recursive: true, mode: 0o700 });
    if (topmost === undefined || !isRoot(host)) return;
    // Enterable but not readable, whatever the umask: a service run as root has its database run by another account.
    for (let made = home.dataDir; made.startsWith(topmost); made = dirname(made)) await chmod(made, 0o711);
  } catch (cause) {
    throw new OperatorError(`cannot make the data folder ${home.dataDir}: ${messageOf(cause)}`, {
      hint: "Set DATA_DIR to a folder this user may write to, or DATABASE_URL to a Postgres of your own.",
      cause,
    });
  }
}

const STAGING = ".new-";

/**
 * Makes `target` in a temporary sibling and renames it into place, so that a kill leaves it either whole or absent.
 * Whoever of several processes comes first wins; the others throw their work away and take the winner's.
 */
export async function placeFolder(target: string, fill: (staging: string) => Promise<void>): Promise<void> {
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

/** Removes what killed processes left half made, and the folders named by `isStale`. */
export async function sweep(home: Home, isStale: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(home.dataDir)) {
    if (!name.startsWith(STAGING) && !isStale(name)) continue;
    await rm(join(home.dataDir, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
