/** The composition root: builds the program from the bottom up and takes it down in the reverse order. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

import { DatasetsClient } from "./apify/client.ts";
import type { ClientEvent, ClientOptions } from "./apify/client.ts";
import type { Config } from "./config.ts";
import type { Clock, Random } from "./core/clock.ts";
import { openReadApi } from "./daemon/read-api.ts";
import { limitsOf, schedulesOf } from "./daemon/schedules.ts";
import { writeActorDays } from "./mirror/actor-days.ts";
import { databaseClock } from "./mirror/database-clock.ts";
import type { DatabaseClock } from "./mirror/database-clock.ts";
import { openDatabase } from "./mirror/database.ts";
import type { Database } from "./mirror/database.ts";
import { openEmbedded } from "./mirror/embedded.ts";
import type { EmbeddedDatabase } from "./mirror/embedded.ts";
import type { EmbeddedHost } from "./mirror/embedded/options.ts";
import { showSchemas } from "./mirror/grant.ts";
import { migrate } from "./mirror/migrate.ts";
import { PostgresMirror } from "./mirror/mirror.ts";
import { pruneRuns } from "./mirror/prune-runs.ts";
import { watchAccount } from "./ops/account-watch.ts";
import type { AccountWatch } from "./ops/account-watch.ts";
import { startHttp } from "./ops/http.ts";
import type { Logger } from "./ops/log.ts";
import { createMetrics } from "./ops/metrics.ts";
import { guarded, logObserver, observers } from "./ops/observe.ts";
import { requestTrouble } from "./ops/request-trouble.ts";
import { retryLog } from "./ops/retry-log.ts";
import { shareOfPages } from "./sync/budget.ts";
import type { PageBudget } from "./sync/budget.ts";
import type { SyncObserver } from "./sync/observer.ts";
import { PageOrder } from "./sync/page-order.ts";
import type { RunContext } from "./sync/run.ts";
import { SyncService } from "./sync/service.ts";
import { createSource } from "./sync/source.ts";
import { VERSION } from "./version.ts";

/** What a process hands to its parts. */
export interface ProcessContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly host: EmbeddedHost;
  readonly signal: AbortSignal;
}

/** The database of the mirror, and what it takes to use it. */
export interface MirrorStore extends AsyncDisposable {
  /** For a driver: it may hold a password. */
  readonly url: string;
  readonly database: Database;
  readonly embedded: EmbeddedDatabase | null;
  /** Makes the database ready: running, with the schema of this program. Returns how many migrations it applied. */
  prepare(): Promise<number>;
}

/** Opens the database that the configuration names, or the embedded one. `connections`: at most, if not the usual number. */
export async function openStore(
  config: Config,
  { log, host, signal }: ProcessContext,
  connections?: number,
): Promise<MirrorStore> {
  await using stack = new AsyncDisposableStack();
  const { database: where } = config;
  const embedded =
    where.kind === "embedded" ? stack.use(await openEmbedded({ ...where, log, parent: host, signal })) : null;
  const url = where.kind === "external" ? where.url : (embedded?.url ?? "");
  const onIdleError = (err: Error) => log.debug({ err }, "an idle connection was lost");
  const database = stack.use(openDatabase(url, onIdleError, connections));
  const owned = stack.move();
  let isMigrated = false;
  return {
    url,
    database,
    embedded,
    async prepare() {
      await embedded?.ensureRunning();
      const { applied } = isMigrated ? { applied: 0 } : await migrate(database.db);
      if (embedded !== null && applied > 0) await showSchemas(database.db);
      isMigrated = true;
      return applied;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export interface RunExtras {
  /** This process as the lease names it. */
  readonly holder?: string;
  readonly onEvent?: (event: ClientEvent) => void;
  /** Default: the database's own. */
  readonly now?: DatabaseClock;
  /** Default: the whole of the process's. */
  readonly budget?: PageBudget;
  /** Connections to the API; default: the account's own. */
  readonly dispatcher?: ClientOptions["dispatcher"];
}

/** Everything a run needs, on an open store. */
export function runContext(
  config: Config<string>,
  store: MirrorStore,
  around: ProcessContext,
  observer: SyncObserver,
  extras: RunExtras = {},
): RunContext {
  const { holder = holderName(around), onEvent = () => {}, now = databaseClock } = extras;
  const { budget = shareOfPages(1) } = extras;
  const { clock, random, log } = around;
  const { api, source, sync } = config;
  const userAgent = `apify-dataset-mirror/${VERSION}`;
  const client = new DatasetsClient({
    ...api,
    ...source,
    userAgent,
    clock,
    random,
    dispatcher: extras.dispatcher,
    onEvent: (event) => guarded(log, () => onEvent(event)),
  });
  return {
    source: createSource(client),
    mirror: new PostgresMirror(store.database.db, clock, random, now),
    clock,
    observer: observers([observer], log),
    order: new PageOrder(),
    unprovable: new Set(),
    owner: { isChecked: false },
    interrupt: () => Promise.resolve(null),
    options: {
      pageSize: sync.pageSize,
      maxConcurrency: api.maxConcurrency,
      lookbackMs: sync.lookbackMs,
      reconcileRequests: sync.reconcileRequests,
      budget,
    },
    settings: {
      source: source.name,
      scope: { baseUrl: api.baseUrl.href, unnamed: source.unnamed, ownership: source.ownership ?? null },
      holder,
      absence: { graceMs: sync.removalGraceMs, brakeShare: sync.removalBrake },
    },
  };
}

export interface Service extends AsyncDisposable {
  /** Where status page, health and metrics are served. */
  readonly url: string;
  /** A command line that opens the embedded database; null for one of DATABASE_URL. */
  readonly psql: string | null;
}

/** Builds the service and starts it; disposing it lets the page in hand commit first. */
export async function openService(config: Config<string>, around: ProcessContext): Promise<Service> {
  const { clock, log } = around;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore(config, around));
  const holder = holderName(around);
  const schedules = schedulesOf(config);
  const trouble = requestTrouble();
  const watch = watchMirror(config, store, around, holder, () => trouble.current());
  const metrics = createMetrics(watch);
  const api = openReadApi(stack, config, store.url, around);
  const http = stack.use(await startHttp({ ...config.http, watch, metrics, log, api }));
  const observer = observers([logObserver(log, clock), metrics.observer], log);
  const warnOfRetries = retryLog(log, clock);
  const onEvent = (event: ClientEvent) => {
    metrics.clientEvent(event);
    warnOfRetries(event);
    trouble.onEvent(event);
  };
  const service = stack.use(
    new SyncService({
      ...runContext(config, store, around, observer, { holder, onEvent }),
      prepare: async () => void (await store.prepare()),
      tidy: () => tidy(config, store, log),
      schedules,
    }),
  );
  service.start();
  const owned = stack.move();
  return {
    url: http.url,
    psql: store.embedded?.psql ?? null,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What is to be done after runs: old runs are deleted, the figures of the day written. A failure costs nothing but a line. */
export async function tidy(
  { source, retentionMs }: Config,
  { database: { db } }: MirrorStore,
  log: Logger,
  now: DatabaseClock = databaseClock,
): Promise<void> {
  try {
    await pruneRuns(db, source.name, retentionMs, now);
  } catch (err) {
    log.warn({ err }, "old runs could not be deleted; the next run tries again");
  }
  try {
    await writeActorDays(db, source.name, now);
  } catch (err) {
    log.warn({ err }, "the figures of the day could not be written; the next run tries again");
  }
}

/** What an operator sees of the mirror. `holder`: this process as the lease names it. */
export function watchMirror(
  config: Config,
  store: MirrorStore,
  { clock }: ProcessContext,
  holder: string,
  trouble: () => string | null = () => null,
): AccountWatch {
  const schedules = schedulesOf(config);
  return watchAccount({
    database: store.database,
    source: config.source.name,
    holder,
    ...limitsOf(schedules),
    isEmbedded: store.embedded !== null,
    psql: store.embedded?.psql ?? "dataset-mirror psql",
    nextFullPass: () => schedules.full.next(clock.now()),
    clock,
    trouble,
  });
}

/** Tells processes apart over all machines, and is readable in `sources.lease_holder`. */
export function holderName({ host }: ProcessContext): string {
  return `${hostname()}:${host.pid}:${randomBytes(4).toString("hex")}`;
}
