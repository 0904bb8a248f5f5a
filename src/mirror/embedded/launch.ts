import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { OperatorError } from "../../core/errors.ts";
import { systemClock } from "../../system.ts";
import type { RunAs } from "./account.ts";
import { ADMIN } from "./cluster.ts";
import type { Home } from "./home.ts";
import type { EmbeddedOptions } from "./options.ts";
import { readPostmaster } from "./postmaster.ts";
import type { Programs } from "./programs.ts";

/** Every role proves its password by SCRAM; the superuser is refused from other machines. */
const HBA = `# Restored at every start.
host all ${ADMIN} 127.0.0.1/32 scram-sha-256
host all ${ADMIN} all reject
host all all all scram-sha-256
`;
const POLL_MS = 50;
/** A server that takes longer recovers from a crash; the caller waits for it. */
const READY_MS_MAX = 120_000;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** Starts the server and waits until it is ready. False: another process has started one. */
export async function launch(
  home: Home,
  programs: Programs,
  runAs: RunAs,
  options: EmbeddedOptions,
): Promise<boolean> {
  const hba = join(home.data, "pg_hba.conf");
  // Not when it is right already: a server that another process starts may be reading it.
  if ((await readFile(hba, "utf8")) !== HBA) await writeFile(hba, HBA);
  await using log = await openLog(home);
  const { size: logStart } = await log.stat();
  const child = spawn(join(programs.bin, "postgres"), ["-D", home.data, ...(await settingsOf(options))], {
    ...runAs,
    cwd: home.cluster,
    // In a session of its own: Ctrl-C is for this process, which commits its page and then stops the server.
    detached: true,
    windowsHide: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  await once(child, "spawn");
  child.unref();
  const stop = () => void child.kill("SIGINT");
  options.parent.on("exit", stop);
  try {
    const isReady = await becomesReady(child, home, options.signal);
    const messages = linesOf(child, (await readFile(home.log)).subarray(logStart).toString());
    const isOther = !isReady && (child.exitCode === 0 || OTHER_RUNS.test(messages));
    if (!isOther) checkMessages(messages, isReady, home, options);
    return isReady;
  } catch (error) {
    stop();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    throw error;
  } finally {
    options.parent.off("exit", stop);
  }
}

/** The server's log, emptied when it is too long; the server appends, and continues at its beginning. */
export async function openLog(home: Home): Promise<FileHandle> {
  const log = await open(home.log, "a", 0o600);
  if ((await log.stat()).size > LOG_BYTES_MAX) await log.truncate();
  return log;
}

/** On the command line they win over postgresql.conf. */
async function settingsOf({ host, port, settings = [] }: EmbeddedOptions): Promise<string[]> {
  const addresses = new Set(["127.0.0.1", host === "localhost" ? "127.0.0.1" : host]);
  // It includes 127.0.0.1, where a second socket could not be bound.
  if (host === "0.0.0.0") addresses.delete("127.0.0.1");
  const ours = [
    `listen_addresses=${[...addresses].join()}`,
    `port=${port === 0 ? await freePort() : port}`,
    "unix_socket_directories=",
    // To the file that openLog keeps short.
    "logging_collector=off",
    "log_destination=stderr",
  ];
  return [...ours, ...settings].flatMap((setting) => ["-c", setting]);
}

async function becomesReady(child: ChildProcess, home: Home, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const running = await readPostmaster(home);
    if (running?.isReady === true && running.pid === child.pid) return true;
    await systemClock.sleep(POLL_MS, signal);
  }
  return true;
}

/** Of the lines that several starting servers may write at the same time, those of this one. */
function linesOf(child: ChildProcess, log: string): string {
  const own = log.split("\n").filter((line) => line.includes(`[${child.pid}]`));
  return own.length > 0 ? own.join("\n") : log.trim();
}

const OTHER_RUNS = /lock file "postmaster.pid" (already exists|is empty)|pre-existing shared memory block/;

/** Throws if the server failed, or listens on some of its addresses only, with which Postgres itself is content. */
function checkMessages(
  messages: string,
  isReady: boolean,
  home: Home,
  { host, port }: EmbeddedOptions,
): void {
  const refusal = /could not (bind|translate host name) .*/.exec(messages)?.[0];
  if (refusal !== undefined) {
    throw new OperatorError(`the embedded Postgres cannot listen on port ${port} of ${host}: ${refusal}`, {
      hint:
        "If another program uses the port, stop it or set EMBEDDED_PORT to a free one; EMBEDDED_HOST must be an " +
        "address of this machine.",
    });
  }
  if (isReady) return;
  throw new OperatorError(`the embedded Postgres did not start: ${messages.slice(-2000)}`, {
    hint: `Its whole log is ${home.log}.`,
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
