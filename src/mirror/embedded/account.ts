import { readFile, stat } from "node:fs/promises";
import type { Home } from "./home.ts";
import { type EmbeddedHost, isRoot } from "./options.ts";

/** How Postgres's programs are run; fits the options of `spawn`. */
export interface RunAs {
  /** Nothing of our own environment: `COPY … FROM PROGRAM 'env'` would show a superuser the token. */
  readonly env: Record<string, string>;
  /** Absent: as this process. With both, Node drops the supplementary groups of root, too. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Postgres refuses to run as root, so root runs it as another account. */
export async function findAccount(home: Home, host: EmbeddedHost): Promise<RunAs> {
  const env: Record<string, string> = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };
  for (const name of host.platform === "win32" ? ["SystemRoot", "PATH", "TEMP"] : [])
    env[name] = host.env[name] ?? "";
  if (!isRoot(host)) return { env };
  // Existing data must go on being served by its owner.
  const owner = await stat(home.data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { env, uid: owner.uid, gid: owner.gid };
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const account = accountIn(passwd, "postgres") ??
    accountIn(passwd, "nobody") ?? { uid: 65_534, gid: 65_534 };
  return { env, ...account };
}

/** An account in the text of /etc/passwd, unless it is root under another name. */
export function accountIn(passwd: string, name: string): { uid: number; gid: number } | undefined {
  const line = passwd.split("\n").find((each) => each.startsWith(`${name}:`));
  const [, , uidText, gidText] = line?.split(":") ?? [];
  // macOS writes nobody as -2; the kernel reads it as unsigned.
  const [uid, gid] = [Number(uidText) >>> 0, Number(gidText) >>> 0];
  return uid === 0 ? undefined : { uid, gid };
}
