import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { OperatorError, messageOf } from "../../core/errors.ts";
import type { Home } from "./home.ts";
import { type EmbeddedHost, isRoot } from "./host.ts";

/** The account Postgres runs as where it cannot be our own: Postgres refuses to run as root. */
export interface OsAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: Postgres runs as this process does. */
export async function serverAccount(home: Home, host: EmbeddedHost): Promise<OsAccount | undefined> {
  const uid = host.geteuid?.();
  if (uid === undefined) return undefined;
  const owner = await stat(home.data).catch(() => undefined);
  if (!isRoot(host)) {
    if (owner !== undefined && owner.uid !== uid) throw belongsToAnother(home, owner.uid, uid);
    return undefined;
  }
  // Data that exists decides: the account that made it may not be the one chosen today.
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  return findAccount(passwd, "postgres") ?? findAccount(passwd, "nobody") ?? NOBODY;
}

const NOBODY: OsAccount = { name: "nobody", uid: 65_534, gid: 65_534 };

/** An account of /etc/passwd, unless it is root by another name. */
export function findAccount(passwd: string, name: string): OsAccount | undefined {
  const line = passwd.split("\n").find((each) => each.startsWith(`${name}:`));
  const [, , uidText, gidText] = line?.split(":") ?? [];
  // macOS writes nobody as -2, which the kernel takes for an unsigned number.
  const [uid, gid] = [Number(uidText) >>> 0, Number(gidText) >>> 0];
  return uid === 0 ? undefined : { name, uid, gid };
}

/** What an operator does about a program the account cannot reach: names the first folder in the way. */
export async function cannotRun(program: string, account: OsAccount | undefined, cause: unknown) {
  const blocked = account && (await firstClosedFolder(dirname(program), account));
  if (account === undefined || blocked === undefined) {
    return new OperatorError(`cannot run ${program}: ${messageOf(cause)}`, {
      hint:
        "The embedded Postgres needs glibc (Alpine has none) and a file system that is not mounted noexec. " +
        "Set DATA_DIR to another folder, or DATABASE_URL to a Postgres of your own.",
      cause,
    });
  }
  return new OperatorError(
    `Postgres refuses to run as root and would run as ${account.name}, which cannot enter ${blocked}`,
    {
      hint: `Set DATA_DIR to a folder it can enter, such as /var/lib/dataset-mirror, or run: chmod o+x '${blocked}'`,
      cause,
    },
  );
}

async function firstClosedFolder(folder: string, account: OsAccount): Promise<string | undefined> {
  const parent = dirname(folder);
  const above = parent === folder ? undefined : await firstClosedFolder(parent, account);
  if (above !== undefined) return above;
  const { mode, uid, gid } = await stat(folder);
  const enter = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & enter) === 0 ? folder : undefined;
}

function belongsToAnother(home: Home, owner: number, uid: number): OperatorError {
  return new OperatorError(`${home.data} belongs to uid ${owner}, and this process runs as uid ${uid}`, {
    hint: "Run this as the user that made it, or set DATA_DIR to a folder of your own.",
  });
}
