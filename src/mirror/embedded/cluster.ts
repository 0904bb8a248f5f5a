import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError, messageOf } from "../../core/errors.ts";
import { type Home, exists, placeFolder } from "./home.ts";
import { type Programs, run } from "./program.ts";

/** Role and database of the mirror; the role owns the whole server. */
export const NAME = "mirror";

/** Kept in postgresql.conf from the first start on: a person may change them there or with ALTER SYSTEM. */
const INITIAL_SETTINGS = [
  "shared_buffers=128MB",
  // A bulk load of 1 GB runs without being held up by checkpoints.
  "max_wal_size=1GB",
  "timezone=UTC",
  "log_timezone=UTC",
  "log_min_messages=warning",
  // The default log of every checkpoint would fill the log of an idle mirror.
  "log_checkpoints=off",
];

/** Makes the cluster on the first start. Returns the password. */
export async function ensureCluster(home: Home, programs: Programs, signal: AbortSignal): Promise<string> {
  if (!(await exists(home.cluster))) {
    await placeFolder(home.cluster, (staging) => initialise(staging, programs, signal));
  }
  await checkMajor(home, programs.major);
  return readPassword(home);
}

async function initialise(staging: string, programs: Programs, signal: AbortSignal): Promise<void> {
  const { account } = programs;
  const password = randomBytes(24).toString("hex");
  const data = join(staging, "data");
  // A file of its own, because initdb reads it as the server's account, which cannot read the passfile.
  const secret = join(staging, "initdb-password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(secret, password, { mode: 0o600 });
  await writeFile(join(staging, "passfile"), `127.0.0.1:*:*:${NAME}:${password}\n`, {
    mode: 0o600,
    flush: true,
  });
  if (account !== undefined) {
    for (const path of [data, secret]) await chown(path, account.uid, account.gid);
  }
  const args = ["-D", data, "-U", NAME, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8"];
  // Byte order of code points, the same on every platform and version of its libc.
  const locale = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"];
  const settings = INITIAL_SETTINGS.flatMap((setting) => ["--set", setting]);
  try {
    await run(programs, programs.initdb, [...args, ...locale, ...settings, "--no-instructions"], {
      cwd: staging,
      timeoutMs: 300_000,
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new OperatorError(`initdb could not make a database in ${staging}: ${lastWords(cause)}`, {
      hint: "Nothing was left behind. Mend what it names (a full disk, a permission) and start again.",
      cause,
    });
  }
  await rm(secret);
}

/** The end of what a failed program wrote; the error's own message would be its command line. */
function lastWords(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return stderr === "" ? messageOf(error) : stderr.slice(-2000);
}

async function checkMajor(home: Home, major: number): Promise<void> {
  const made = (await readFile(join(home.data, "PG_VERSION"), "utf8").catch(explainUnreadable(home))).trim();
  if (made === String(major)) return;
  throw new OperatorError(
    `${home.data} was made by PostgreSQL ${made}, and this program brings PostgreSQL ${major}`,
    {
      hint:
        `Upgrade it with pg_upgrade, or dump it with PostgreSQL ${made} and load the dump into a new one, or, if its ` +
        `history may go, move ${home.cluster} away: a new mirror is then read from Apify.`,
    },
  );
}

async function readPassword(home: Home): Promise<string> {
  const text = await readFile(home.passfile, "utf8").catch(explainUnreadable(home));
  const password = /^127\.0\.0\.1:\*:\*:\w+:(\w+)$/m.exec(text)?.[1];
  if (password !== undefined) return password;
  throw new OperatorError(`${home.passfile} holds no line for 127.0.0.1 and user ${NAME}`, {
    hint: `It should read 127.0.0.1:*:*:${NAME}:<password>.`,
  });
}

function explainUnreadable(home: Home) {
  return (cause: unknown): never => {
    throw new OperatorError(`cannot read the embedded database: ${messageOf(cause)}`, {
      hint: `Run this as the user that made ${home.cluster}, or set DATA_DIR to another folder.`,
      cause,
    });
  };
}
