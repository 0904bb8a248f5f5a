import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFile, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { OperatorError, messageOf } from "../../core/errors.ts";
import type { RunAs } from "./account.ts";
import { type Home, createFolder, exists } from "./home.ts";
import type { Programs } from "./programs.ts";

/** The role that owns the database of the same name, and nothing else. */
export const MIRROR = "mirror";
/** The superuser, for this program alone; refused from other machines. */
export const ADMIN = "mirror_admin";

/** Creates the cluster on the first start. Throws an OperatorError if another version of Postgres made it. */
export async function ensureCluster(
  home: Home,
  programs: Programs,
  runAs: RunAs,
  signal: AbortSignal,
): Promise<void> {
  if (!(await exists(home.cluster))) {
    await createFolder(home.cluster, (staging) => initialise(staging, programs, runAs, signal));
  }
  const made = (await readOwn(home, join(home.data, "PG_VERSION"))).trim();
  const major = programs.version.split(".")[0];
  if (made === major) return;
  throw new OperatorError(
    `${home.data} was made by PostgreSQL ${made}, and this program brings PostgreSQL ${major}`,
    {
      hint:
        `Upgrade it with pg_upgrade, or dump it with PostgreSQL ${made} and load the dump into a new one, or, if its ` +
        `history may go, move ${home.cluster} away: a new mirror is then read from Apify.`,
    },
  );
}

async function initialise(
  staging: string,
  programs: Programs,
  runAs: RunAs,
  signal: AbortSignal,
): Promise<void> {
  const data = join(staging, "data");
  // A file of its own, because initdb reads it as the server's account, which cannot read the passfile.
  const secret = join(staging, "initdb-password");
  const password = createPassword();
  await addPassword(join(staging, "passfile"), ADMIN, password);
  await addPassword(join(staging, "passfile"), MIRROR, createPassword());
  await mkdir(data, { mode: 0o700 });
  await writeFile(secret, password, { mode: 0o600 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) {
    for (const path of [data, secret]) await chown(path, runAs.uid, runAs.gid);
  }
  const args = ["-D", data, "-U", ADMIN, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8"];
  // Sorts by code point, the same on every platform and with every version of its libc.
  args.push("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8");
  // By default every checkpoint is logged, which would fill the log of an idle mirror.
  args.push("--set", "log_checkpoints=off", "--no-instructions");
  try {
    await promisify(execFile)(join(programs.bin, "initdb"), args, {
      ...runAs,
      cwd: staging,
      signal,
      timeout: 300_000,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new OperatorError(`initdb could not create a database in ${staging}: ${outputOf(cause)}`, {
      hint: CANNOT_RUN,
      cause,
    });
  }
  await rm(secret);
}

const CANNOT_RUN =
  "Fix what it names (a full disk, a permission) and start again; nothing was left behind. The embedded Postgres needs " +
  "glibc (Alpine has none), a file system that is not mounted noexec and, when this is root, a DATA_DIR that other " +
  "accounts can enter. DATABASE_URL names a Postgres of your own instead.";

/** What a failed program wrote to stderr; the message of the error itself starts with the command line. */
function outputOf(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return stderr === "" ? messageOf(error) : stderr.slice(-2000);
}

export function createPassword(): string {
  return randomBytes(24).toString("hex");
}

export async function addPassword(passfile: string, role: string, password: string): Promise<void> {
  await appendFile(passfile, `127.0.0.1:*:*:${role}:${password}\n`, { mode: 0o600, flush: true });
}

/** The password of a role; undefined if the passfile has no line for it. */
export async function findPassword(home: Home, role: string): Promise<string | undefined> {
  const text = await readOwn(home, home.passfile);
  return new RegExp(`^127\\.0\\.0\\.1:\\*:\\*:${role}:(\\w+)$`, "m").exec(text)?.[1];
}

async function readOwn(home: Home, path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new OperatorError(`cannot read the embedded database: ${messageOf(cause)}`, {
      hint: `Run this as the user that created ${home.cluster}, or set DATA_DIR to another folder.`,
      cause,
    });
  });
}
