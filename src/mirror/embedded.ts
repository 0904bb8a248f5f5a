import type { BaseLogger } from "pino";
import { OperatorError } from "../core/errors.ts";
import { systemClock } from "../system.ts";
import { serverAccount } from "./embedded/account.ts";
import { isOtherRuntime } from "./embedded/binaries.ts";
import { NAME, ensureCluster } from "./embedded/cluster.ts";
import { type Home, homeAt, makeHome, sweep } from "./embedded/home.ts";
import type { EmbeddedHost } from "./embedded/host.ts";
import { boundLog, launch } from "./embedded/launch.ts";
import { clearStalePid, isAlive, readPostmaster, stopPostmaster } from "./embedded/postmaster.ts";
import { type Programs, preparePrograms } from "./embedded/program.ts";
import { type Role, type Session, joinServer } from "./embedded/session.ts";

export { defaultDataDir } from "./embedded/data-dir.ts";

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port: number;
  /** An owner is refused while another one lives; guests share the server with everybody. */
  readonly role: Role;
  readonly log: Pick<BaseLogger, "debug" | "info" | "warn">;
  readonly host: EmbeddedHost;
  /** Ends the opening, not the database. */
  readonly signal?: AbortSignal;
  /** More `name=value` settings of postgresql.conf, for the server this call starts. */
  readonly settings?: readonly string[];
}

export interface EmbeddedDatabase extends AsyncDisposable {
  /** With the password: for a driver, not for a log. */
  readonly url: string;
  /** A command a person can paste into any shell; the password is in the file it names. */
  readonly psql: string;
  readonly port: number;
  readonly dataDir: string;
  /** False: it was running already. */
  readonly started: boolean;
  /** Starts the server again if it has gone, on the same port; throws an OperatorError if that fails. */
  ensureRunning(signal?: AbortSignal): Promise<void>;
}

/**
 * A real PostgreSQL in a folder of our own, kept between starts. Every process that uses it may start it, and the
 * last one to leave stops it; a server left behind by a killed process is taken over.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const never = new AbortController().signal;
  const home = homeAt(options.dataDir);
  await makeHome(home, options.host);
  const programs = await preparePrograms(home, options.host, await serverAccount(home, options.host));
  const password = await ensureCluster(home, programs, options.signal ?? never);
  const entry = { home, programs, password, options };
  let place = await enter(entry, options.port, options.signal ?? never);
  const { port, started } = place;

  const restart = async (signal: AbortSignal) => {
    await boundLog(home);
    if (await place.session.isAlive()) return;
    await place.session[Symbol.asyncDispose]();
    place = await enter(entry, port, signal);
    options.log.info({ port, started: place.started }, "embedded Postgres is back");
  };
  let restarting = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    url: `postgres://${NAME}:${password}@127.0.0.1:${port}/${NAME}`,
    psql: psqlLine(home, port),
    port,
    dataDir: home.dataDir,
    started,
    ensureRunning(signal = never) {
      if (closing !== undefined) return Promise.reject(new Error("the embedded database is closed"));
      restarting = restarting.catch(() => undefined).then(() => restart(signal));
      return restarting;
    },
    [Symbol.asyncDispose]() {
      closing ??= restarting.catch(() => undefined).then(() => exit(entry, place));
      return closing;
    },
  };
}

interface Entry {
  readonly home: Home;
  readonly programs: Programs;
  readonly password: string;
  readonly options: EmbeddedOptions;
}

interface Place {
  readonly session: Session;
  readonly port: number;
  readonly started: boolean;
}

const POLL_MS = 100;
const EMPTY_TURNS_MAX = 50;
/** Long enough for the recovery of `max_wal_size` of log on a slow disk. */
const ENTER_MS_MAX = 180_000;

/**
 * Joins the running server, or starts one. Nothing locks the way from "none runs" to "started": Postgres itself lets
 * one of two starters win, and the other finds the winner's on its next turn.
 */
async function enter(entry: Entry, port: number, signal: AbortSignal): Promise<Place> {
  const { home, programs } = entry;
  const deadline = AbortSignal.timeout(ENTER_MS_MAX);
  let [started, emptyTurns] = [false, 0];
  while (!deadline.aborted) {
    const running = await readPostmaster(home);
    if (running?.pid === 0 && ++emptyTurns < EMPTY_TURNS_MAX) {
      // A server is about to write its number.
    } else if (running === undefined || !(await isAlive(running, home, programs))) {
      if (running !== undefined) await clearStalePid(running, home);
      started = await start(entry, port, signal);
      if (started) continue;
    } else if (running.ready) {
      const session = await join(entry, running.port, entry.options.role);
      if (session !== undefined) return { session, port: running.port, started };
    }
    await systemClock.sleep(POLL_MS, signal);
  }
  throw new OperatorError(`the embedded Postgres in ${home.dataDir} runs but takes no connections`, {
    hint: `See its log, ${home.log}; ending its process lets the next start repair it.`,
  });
}

async function start(entry: Entry, port: number, signal: AbortSignal): Promise<boolean> {
  const { home, programs, options } = entry;
  const started = await launch(home, programs, port, options.settings ?? [], signal);
  if (!started) return false;
  await sweep(home, isOtherRuntime(programs)).catch((err: unknown) => {
    options.log.warn({ err }, "embedded Postgres: left-over folders could not be removed");
  });
  return true;
}

async function join(
  { home, password, options }: Entry,
  port: number,
  role: Role,
): Promise<Session | undefined> {
  return joinServer(home, port, password, role, options.host.pid, (reason) => {
    options.log.warn(
      { reason, log: home.log },
      "embedded Postgres has gone; it is started again when needed",
    );
  });
}

/** Stops the server unless somebody else uses it. */
async function exit(entry: Entry, place: Place): Promise<void> {
  const { home, programs, options } = entry;
  await using session = (await place.session.isAlive()) ? place.session : await comeBack(entry, place);
  const isLast = session !== undefined && (await session.leave());
  if (isLast) await stopPostmaster(home, programs);
  options.log.debug({ stopped: isLast }, "embedded Postgres left");
}

/** Somebody may have cut the connection and not the server, which is then still to be stopped. */
async function comeBack(entry: Entry, place: Place): Promise<Session | undefined> {
  await place.session[Symbol.asyncDispose]();
  const running = await readPostmaster(entry.home);
  if (running === undefined || !(await isAlive(running, entry.home, entry.programs))) return undefined;
  return join(entry, running.port, "guest");
}

/** A connection URI names the password's file, so that neither the shell's history nor `ps` shows the password. */
function psqlLine(home: Home, port: number): string {
  const passfile = home.passfile.split(/[\\/]/).map(encodeQuoted).join("/");
  return `psql "postgres://${NAME}@127.0.0.1:${port}/${NAME}?passfile=${passfile}"`;
}

/** Leaves nothing that a shell reads inside double quotes. */
function encodeQuoted(text: string): string {
  return encodeURIComponent(text).replaceAll("!", "%21").replaceAll("%3A", ":");
}
