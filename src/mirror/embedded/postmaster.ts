import { readFile, readlink, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists, type Home } from "./home.ts";
import { type Programs, run } from "./program.ts";

/** What a running server writes into its data folder; a killed one leaves it there. */
export interface Postmaster {
  /** 0: the file is empty, for its server is about to write it or died in that moment. */
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** https://www.postgresql.org/docs/18/storage-file-layout.html: one value a line, completed while the server starts. */
export async function readPostmaster(home: Home): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(home), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid, , , port, , , , status] = text.split("\n");
  return { pid: Number(pid), port: Number(port), ready: status?.trim() === "ready" };
}

async function isRunning(home: Home, programs: Programs): Promise<boolean> {
  const running = await readPostmaster(home);
  return running !== undefined && isAlive(running, home, programs);
}

/** Whether the process that the file names is a server on this data folder, not a later one with the same number. */
export async function isAlive({ pid }: Postmaster, home: Home, programs: Programs): Promise<boolean> {
  if (await exists("/proc/self/cwd")) {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    return folder !== undefined && folder === (await realpath(home.data));
  }
  const status = run(programs, programs.pgCtl, ["status", "-D", home.data], {
    cwd: home.cluster,
    timeoutMs: 30_000,
  });
  return status.then(
    () => true,
    () => false,
  );
}

/**
 * Postgres clears a dead server's file itself, unless the file is empty or the number in it has gone to another
 * process of the same user: then it would refuse to start for ever.
 */
export async function clearStalePid(stale: Postmaster, home: Home): Promise<void> {
  const now = await readPostmaster(home);
  const isRefused = stale.pid === 0 || (await exists(`/proc/${stale.pid}`));
  if (now?.pid === stale.pid && isRefused) await rm(pidFile(home), { force: true });
}

/** Ends the server: politely first, then at once. Does nothing when none runs. */
export async function stopPostmaster(home: Home, programs: Programs): Promise<void> {
  const stop = async (mode: "fast" | "immediate", seconds: number) =>
    run(programs, programs.pgCtl, ["stop", "-D", home.data, "-m", mode, "-w", "-t", String(seconds)], {
      cwd: home.cluster,
      timeoutMs: (seconds + 10) * 1000,
    });
  await stop("fast", 30).catch(async (error: unknown) => {
    if (!(await isRunning(home, programs))) return;
    await stop("immediate", 10).catch(() => {
      throw error;
    });
  });
}

function pidFile(home: Home): string {
  return join(home.data, "postmaster.pid");
}
