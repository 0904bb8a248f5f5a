import { thisHost, toConfig } from "../../src/config.ts";
import type { Config } from "../../src/config.ts";
import { seededRandom } from "../../src/core/random.ts";
import { openStore, runContext, tidy } from "../../src/daemon.ts";
import type { Kind } from "../../src/mirror/begin-run.ts";
import type { RunStatus } from "../../src/mirror/status.ts";
import { logObserver, observers } from "../../src/ops/observe.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/start.ts";
import type { SyncObserver } from "../../src/sync/observer.ts";
import { Schedule } from "../../src/sync/schedule.ts";
import { SyncService } from "../../src/sync/service.ts";
import type { Source } from "../../src/sync/source.ts";
import { databaseClockOf } from "./database-clock.ts";
import { createFakeClock } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";
import { captureLog } from "./log.ts";
import type { CapturedLog } from "./log.ts";
import { createTestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

export interface RigOptions {
  /** Of the service; default: a database of the test's own. */
  readonly databaseUrl?: string;
  /** Where the test looks things up; default: as the service. */
  readonly adminUrl?: string;
  readonly sandbox?: SandboxOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly api?: Partial<Config<string>["api"]>;
  readonly clock?: FakeClock;
  readonly seed?: number;
  readonly log?: CapturedLog;
  /** Ask for the owner before the first page, which is a request more. */
  readonly checksOwner?: boolean;
}

/** The service on a real database and a real HTTP server, on a clock that costs no time; passes begin by hand. */
export interface Rig extends AsyncDisposable {
  readonly config: Config<string>;
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly service: SyncService;
  readonly log: CapturedLog;
  readonly url: string;
  /** What a test wants to be told of besides the log. */
  readonly told: Partial<SyncObserver>;
  readonly hooks: Hooks;
  /** Lets a minute pass, runs one pass and returns its row; undefined if no run could begin. */
  pass(kind?: Kind): Promise<RunStatus | undefined>;
  /** The same for a pass that must begin. */
  run(kind?: Kind): Promise<RunStatus>;
  lastRun(): Promise<RunStatus | undefined>;
}

export interface Hooks {
  /** A page was fetched and waits for this before it is judged; `committed`: pages of the run that are in the mirror. */
  fetched?: (committed: number) => Promise<void> | void;
  /** The walk is over, the run is not closed yet. */
  walked?: () => Promise<void> | void;
}

const NEVER = "0 0 1 1 *";
/** Datasets a page; few, so that a small account has several pages. */
export const PAGE_SIZE = 50;

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const clock = options.clock ?? createFakeClock();
  const database = options.databaseUrl ?? stack.use(await createTestDatabase()).url;
  const sandbox = stack.use(await startSandbox({ clock, datasets: 220, ...options.sandbox }));
  const config = configOf(sandbox, database, options);
  const log = options.log ?? captureLog();
  const random = seededRandom(options.seed ?? 1);
  const signal = new AbortController().signal;
  const around = { clock, random, log: log.log, host: process, signal };
  const store = stack.use(await openStore(config, around));
  const now = databaseClockOf(clock);
  const told: Partial<SyncObserver> = {};
  let committed = 0;
  const count = relay({
    runStarted: () => void (committed = 0),
    pageCommitted: () => void (committed += 1),
  });
  const context = runContext(
    config,
    store,
    around,
    observers([logObserver(log.log, clock), relay(told), count], log.log),
    { now },
  );
  const hooks: Hooks = {};
  const source = hooked(context.source, hooks, () => committed);
  const { mirror } = context;
  const endRun = mirror.endRun.bind(mirror);
  mirror.endRun = async (...all) => {
    await hooks.walked?.();
    return endRun(...all);
  };
  const prepare = async () => void (await store.prepare());
  const never = new Schedule(NEVER, "UTC");
  const schedules = { incremental: never, named: null, full: never };
  const owner = { isChecked: !(options.checksOwner ?? false) };
  const service = stack.use(
    new SyncService({
      ...{ ...context, owner, source, prepare, schedules },
      // After the run by any clock.
      tidy: () => tidy(config, store, log.log, databaseClockOf({ now: () => clock.now() + 1 })),
    }),
  );
  const url = options.adminUrl ?? database;
  const owned = stack.move();
  const rig: Rig = {
    ...{ config, clock, sandbox, service, log, url, told, hooks },
    lastRun: async () => newestRun(url),
    async pass(kind = "incremental") {
      await clock.advance(60_000);
      const before = (await newestRun(url))?.id ?? 0;
      service.tick(kind, "schedule");
      await service.idle();
      const run = await newestRun(url);
      return run !== undefined && run.id > before ? run : undefined;
    },
    async run(kind) {
      const run = await rig.pass(kind);
      if (run === undefined) throw new Error(`no run began:\n${log.text()}`);
      return run;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return rig;
}

function configOf(sandbox: Sandbox, database: string, { env, api }: RigOptions): Config<string> {
  const config = toConfig(
    {
      APIFY_TOKEN: sandbox.token,
      APIFY_API_BASE_URL: sandbox.url,
      DATABASE_URL: database,
      PAGE_SIZE: String(PAGE_SIZE),
      MAX_CONCURRENCY: "3",
      MAX_REQUESTS_PER_SECOND: "1000",
      REMOVAL_GRACE: "0s",
      ...env,
    },
    { token: true },
    thisHost(),
  );
  return { ...config, api: { ...config.api, ...api } };
}

function hooked(source: Source, hooks: Hooks, committed: () => number): Source {
  return {
    ...source,
    async fetchPage(request, meter, signal) {
      const page = await source.fetchPage(request, meter, signal);
      await hooks.fetched?.(committed());
      return page;
    },
  };
}

/** Looks at `told` at each event, so that a test may change its mind. */
function relay(told: Partial<SyncObserver>): SyncObserver {
  return {
    runStarted: (...all) => told.runStarted?.(...all),
    pageCommitted: (...all) => told.pageCommitted?.(...all),
    anomalyFound: (...all) => told.anomalyFound?.(...all),
    runEnded: (...all) => told.runEnded?.(...all),
    runLeftOpen: (...all) => told.runLeftOpen?.(...all),
    runNotBegun: (...all) => told.runNotBegun?.(...all),
    accountHeld: (...all) => told.accountHeld?.(...all),
    ticksMissed: (...all) => told.ticksMissed?.(...all),
    clockSetBack: (...all) => told.clockSetBack?.(...all),
  };
}

async function newestRun(url: string): Promise<RunStatus | undefined> {
  const [schema] = await query(url, "select to_regclass('apify.sync_runs') is not null as exists");
  if (schema?.["exists"] !== true) return undefined;
  const rows = await query<{ run: RunStatus }>(
    url,
    "select to_jsonb(r) as run from apify.sync_runs r order by id desc limit 1",
  );
  return rows[0]?.run;
}
