import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, stat, truncate } from "node:fs/promises";
import { createServer } from "node:net";
import { OperatorError } from "../../core/errors.ts";
import { systemClock } from "../../system.ts";
import type { Home } from "./home.ts";
import { readPostmaster, stopPostmaster } from "./postmaster.ts";
import { type Programs, identity } from "./program.ts";

const POLL_MS = 50;
/** Then it still repairs itself: it is left to that, and the caller finds out whether connections come. */
const READY_MS_MAX = 120_000;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Starts the server and waits until it takes connections. False: another process has started it, or what is left of
 * a killed one still ends.
 */
export async function launch(
  home: Home,
  programs: Programs,
  port: number,
  settings: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  await boundLog(home);
  await using log = await open(home.log, "a", 0o600);
  const { size: logStart } = await log.stat();
  const args = [...serverSettings(port === 0 ? await freePort() : port), ...settings].flatMap((setting) => [
    "-c",
    setting,
  ]);
  const child = spawn(programs.postgres, ["-D", home.data, ...args], {
    ...identity(programs.account),
    env: programs.env,
    cwd: home.cluster,
    // A session of its own: Ctrl-C on the terminal is for the service, which commits its page and then stops this.
    detached: true,
    windowsHide: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await once(child, "spawn");
  child.unref();
  try {
    if (await becomesReady(child, home, signal)) return true;
  } catch (error) {
    await stopPostmaster(home, programs);
    throw error;
  }
  return explainExit(child, home, logStart, port);
}

/** Empties the server's log when it has grown too long; the server appends, so it goes on from the beginning. */
export async function boundLog(home: Home): Promise<void> {
  const size = await stat(home.log).then(
    (log) => log.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await truncate(home.log);
}

/** Given on the command line at every start, since the service relies on them. */
function serverSettings(port: number): string[] {
  return [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    "unix_socket_directories=",
    // One file outside the server's reach, kept short by boundLog.
    "logging_collector=off",
    "log_destination=stderr",
  ];
}

async function becomesReady(child: ChildProcess, home: Home, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const running = await readPostmaster(home);
    if (running?.ready === true && running.pid === child.pid) return true;
    await systemClock.sleep(POLL_MS, signal);
  }
  return true;
}

async function explainExit(child: ChildProcess, home: Home, logStart: number, port: number): Promise<false> {
  // It ran, and somebody who joined it was the last to leave before we looked.
  if (child.exitCode === 0) return false;
  const said = wordsOf(child, (await readFile(home.log)).subarray(logStart).toString());
  if (/lock file "postmaster.pid" (already exists|is empty)|pre-existing shared memory block/.test(said)) {
    return false;
  }
  const refusal = /could not bind .*/.exec(said);
  if (refusal !== null) {
    throw new OperatorError(
      `the embedded Postgres cannot listen on port ${port} of 127.0.0.1: ${refusal[0]}`,
      {
        hint: "Most likely another program holds it: stop that, or set EMBEDDED_PORT to a free port.",
      },
    );
  }
  throw new OperatorError(`the embedded Postgres did not start: ${said.slice(-2000)}`, {
    hint: `Its whole log is ${home.log}.`,
  });
}

/** Of the lines that several starters may write at the same time, those with this one's number. */
function wordsOf(child: ChildProcess, text: string): string {
  const own = text.split("\n").filter((line) => line.includes(`[${child.pid}]`));
  return own.length > 0 ? own.join("\n") : text.trim();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
