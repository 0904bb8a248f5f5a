import { readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists, type Home } from "./home.ts";
import type { EmbeddedHost } from "./options.ts";

/** What a running server writes to postmaster.pid; a killed server leaves the file behind. */
export interface Postmaster {
  /** 0: the file is empty; its server is about to write to it, or died in that moment. */
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** https://www.postgresql.org/docs/18/storage-file-layout.html: one value a line, completed while the server starts. */
export async function readPostmaster(home: Home): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(home), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid, , , port, , , , status] = text.split("\n");
  return { pid: Number(pid), port: Number(port), isReady: status?.trim() === "ready" };
}

/** Whether that process is a server of this folder and not a later process with the same number. */
export async function isAlive({ pid }: Postmaster, home: Home, host: EmbeddedHost): Promise<boolean> {
  if (pid === 0) return false;
  try {
    host.kill(pid, 0);
  } catch {
    return false;
  }
  // Only Linux tells.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder === undefined || folder === (await realpath(home.data));
}

/**
 * Postgres removes the file of a dead server itself, except when the file is empty or its process number belongs to
 * another process of the same user: it would never start again.
 */
export async function removeStalePid(stale: Postmaster, home: Home): Promise<void> {
  const now = await readPostmaster(home);
  const isRefused = stale.pid === 0 || (await exists(`/proc/${stale.pid}`));
  if (now?.pid === stale.pid && isRefused) await rm(pidFile(home), { force: true });
}

function pidFile(home: Home): string {
  return join(home.data, "postmaster.pid");
}
