import { OperatorError } from "../core/errors.ts";
import { isLoopback } from "../core/loopback.ts";
import { systemClock } from "../system.ts";
import { type RunAs, findAccount } from "./embedded/account.ts";
import { ADMIN, MIRROR, ensureCluster, findPassword } from "./embedded/cluster.ts";
import { type Home, openHome, removeLeftovers } from "./embedded/home.ts";
import { launch, openLog } from "./embedded/launch.ts";
import type { EmbeddedOptions } from "./embedded/options.ts";
import { isAlive, readPostmaster, removeStalePid } from "./embedded/postmaster.ts";
import { type Programs, isOtherVersion, preparePrograms } from "./embedded/programs.ts";
import { REQUIRE_SCRAM } from "./embedded/scram-client.ts";
import { Session } from "./embedded/session.ts";

export type { EmbeddedOptions } from "./embedded/options.ts";

export interface EmbeddedDatabase extends AsyncDisposable {
  /** With the password of a role that owns the database and is no superuser: for a driver, not for a log. */
  readonly url: string;
  /** The same database as the superuser. */
  readonly adminUrl: string;
  /** A command that a person can paste into a shell; the password is in the file that it names. */
  readonly psql: string;
  readonly port: number;
  /** Starts the server again if it has gone, on the same port; throws an OperatorError if that fails. */
  ensureRunning(): Promise<void>;
}

/**
 * A real PostgreSQL in the data folder, which is kept between starts. Every process that uses it may start it, and the
 * last one to leave stops it.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const home = await openHome(options.dataDir, options.parent);
  const runAs = await findAccount(home, options.parent);
  const programs = await preparePrograms(home, options.parent);
  await ensureCluster(home, programs, runAs, options.signal);
  const folder = { home, programs, runAs };
  let server = await enter(folder, options);
  const { port } = server;

  const restart = async () => {
    await (await openLog(home)).close();
    if (await server.session.isAlive()) return;
    await server.session.leave();
    server = await enter(folder, { ...options, port });
    options.log.warn({ port, log: home.log }, "embedded Postgres had stopped and runs again");
  };
  let restarting = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    url: await urlOf(home, port, MIRROR),
    adminUrl: await urlOf(home, port, ADMIN),
    psql: psqlLine(home, port, options.parent.platform),
    port,
    ensureRunning() {
      if (closing !== undefined) return Promise.reject(new Error("the embedded database is closed"));
      restarting = restarting.catch(() => undefined).then(restart);
      return restarting;
    },
    [Symbol.asyncDispose]() {
      closing ??= restarting.catch(() => undefined).then(() => leave(folder, server, options));
      return closing;
    },
  };
}

interface Folder {
  readonly home: Home;
  readonly programs: Programs;
  readonly runAs: RunAs;
}

interface Server {
  readonly session: Session;
  readonly pid: number;
  readonly port: number;
}

const POLL_MS = 100;
/** Turns after which the server whose file is still empty is taken for dead. */
const EMPTY_TURNS_MAX = 50;
/** Enough to recover `max_wal_size` of log on a slow disk. */
const ENTER_MS_MAX = 180_000;
const STOP_MS_MAX = 30_000;

/**
 * Joins the running server or starts one. No lock is held in between: of two servers that are started Postgres lets one
 * live, and the process that started the other finds it on its next turn.
 */
async function enter(folder: Folder, options: EmbeddedOptions): Promise<Server> {
  const { home, programs } = folder;
  const deadline = AbortSignal.timeout(ENTER_MS_MAX);
  for (let turn = 0; !deadline.aborted; turn++) {
    const running = await readPostmaster(home);
    const isBeginning = running?.pid === 0 && turn < EMPTY_TURNS_MAX;
    if (running !== undefined && (isBeginning || (await isAlive(running, home, options.parent)))) {
      const session = running.isReady ? await Session.join(home, programs, running.port) : undefined;
      if (session !== undefined) return { session, ...running };
    } else {
      if (running !== undefined) await removeStalePid(running, home);
      if (await start(folder, options)) continue;
    }
    await systemClock.sleep(POLL_MS, options.signal);
  }
  throw new OperatorError(`the embedded Postgres in ${home.dataDir} runs but accepts no connections`, {
    hint: `See its log, ${home.log}; ending its process lets the next start repair it.`,
  });
}

async function start({ home, programs, runAs }: Folder, options: EmbeddedOptions): Promise<boolean> {
  const { host, log } = options;
  if (!(await launch(home, programs, runAs, options))) return false;
  if (!isLoopback(host)) {
    log.warn(
      { host },
      "embedded Postgres accepts connections from other machines, with SCRAM but not encrypted",
    );
  }
  await removeLeftovers(home, (name) => isOtherVersion(name, programs)).catch((err: unknown) => {
    log.warn({ err }, "embedded Postgres: unused folders could not be removed");
  });
  return true;
}

/** Stops the server unless another process uses it, and waits until it has stopped. */
async function leave(
  { home }: Folder,
  { session, pid }: Server,
  { log, parent }: EmbeddedOptions,
): Promise<void> {
  const isLast = await session.leave();
  log.debug({ stopped: isLast }, "embedded Postgres left");
  if (!isLast) return;
  for (let waitedMs = 0; waitedMs < STOP_MS_MAX; waitedMs += POLL_MS) {
    const running = await readPostmaster(home);
    if (running?.pid !== pid || !(await isAlive(running, home, parent))) return;
    await systemClock.sleep(POLL_MS);
  }
}

async function urlOf(home: Home, port: number, role: string): Promise<string> {
  return `postgres://${role}:${await findPassword(home, role)}@127.0.0.1:${port}/${MIRROR}?${REQUIRE_SCRAM}`;
}

/** The password is in a file, so that neither the shell's history nor `ps` shows it. psql obeys PGREQUIREAUTH from 16 on. */
function psqlLine(home: Home, port: number, platform: NodeJS.Platform): string {
  const passfile = home.passfile.split(/[\\/]/).map(encodeQuoted).join("/");
  const uri = `postgres://${MIRROR}@127.0.0.1:${port}/${MIRROR}?passfile=${passfile}`;
  return platform === "win32"
    ? `psql "${uri}&${REQUIRE_SCRAM}"`
    : `PGREQUIREAUTH=scram-sha-256 psql "${uri}"`;
}

/** Leaves nothing that a shell interprets inside double quotes. */
function encodeQuoted(text: string): string {
  return encodeURIComponent(text).replaceAll("!", "%21").replaceAll("%3A", ":");
}
