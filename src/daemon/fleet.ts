/** The composition root of a fleet: many accounts, and any number of processes that share them. */
import { createDispatcher } from "../apify/http.ts";
import type { ClientEvent } from "../apify/client.ts";
import type { Config } from "../config.ts";
import type { FleetConfig } from "../config/build.ts";
import { holderName, openStore, runContext, tidy } from "../daemon.ts";
import type { MirrorStore, ProcessContext, Service } from "../daemon.ts";
import type { FleetAccount } from "../fleet/account.ts";
import { Fleet } from "../fleet/fleet.ts";
import { accountSites, serveAccounts } from "../ops/accounts/site.ts";
import { createAccountsMetrics } from "../ops/accounts/metrics.ts";
import type { Metrics } from "../ops/metrics.ts";
import { watchAccounts } from "../ops/accounts/watch.ts";
import { listenHttp } from "../ops/http.ts";
import { logObserver, observers } from "../ops/observe.ts";
import { repeatedFailures } from "../ops/repeated.ts";
import { requestTrouble } from "../ops/request-trouble.ts";
import { retryLog } from "../ops/retry-log.ts";
import { shareOfPages } from "../sync/budget.ts";
import { AccountSites } from "./account-sites.ts";
import { limitsOf, schedulesOf, sharedSchedules } from "./schedules.ts";

export interface FleetService extends Service {
  /** Takes over another list of accounts: what has changed goes by its new settings from its next run on. */
  replace(accounts: FleetConfig["accounts"]): void;
}

/** Connections beside those of runs: the status of all accounts, and the queues. */
const CONNECTIONS_BESIDE = 4;

/** Builds this process's part of the fleet and starts it. */
export async function openFleet(
  config: Config,
  { accounts: configs, concurrency }: FleetConfig,
  around: ProcessContext,
): Promise<FleetService> {
  const { clock, log } = around;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore(config, around, concurrency + CONNECTIONS_BESIDE));
  const holder = holderName(around);
  const list = new AccountList();
  const shared = sharedSchedules();
  const watch = watchAccounts({
    ...{ database: store.database, isEmbedded: store.embedded !== null, clock },
    members: () =>
      [...list.accounts.values()].map(({ source, schedules }) => ({ source, ...limitsOf(schedules) })),
  });
  const metrics = createAccountsMetrics(watch, holder);
  const create = accountFactory({ store, around, holder, metrics, concurrency, shared });
  list.replace(configs, create);
  const sites = stack.use(
    new AccountSites({ store, around, holder, configOf: (name) => list.configOf(name) }),
  );
  const siteOf = (name: string) => sites.siteOf(name);
  const http = stack.use(
    await listenHttp({
      ...{ ...config.http, log, clock, api: accountSites({ siteOf }) },
      serve: serveAccounts({ token: config.http.token, watch, metrics }),
    }),
  );
  const trouble = repeatedFailures(log, clock);
  const fleet = stack.use(
    new Fleet({
      ...{ db: store.database.db, clock, holder, concurrency, accounts: () => list.accounts },
      prepare: async () => void (await store.prepare()),
      onError: (error) => trouble.failed(error, "the fleet's queues cannot be used"),
      onWorking: () => trouble.recovered(),
    }),
  );
  fleet.start();
  const owned = stack.move();
  return {
    ...{ url: http.url, psql: store.embedded?.psql ?? null },
    replace: (next) => list.replace(next, create),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

class AccountList {
  accounts: ReadonlyMap<string, FleetAccount> = new Map();
  #configs: ReadonlyMap<string, Config<string>> = new Map();

  configOf(name: string): Config<string> | undefined {
    return this.#configs.get(name);
  }

  /** What did not change keeps its rate limiter, and what it has learned. */
  replace(configs: readonly Config<string>[], create: (config: Config<string>) => FleetAccount): void {
    const accounts = configs.map((config) => {
      const { name } = config.source;
      const former = this.accounts.get(name);
      const isSame = JSON.stringify(this.#configs.get(name)) === JSON.stringify(config);
      return [name, former !== undefined && isSame ? former : create(config)] as const;
    });
    this.accounts = new Map(accounts);
    this.#configs = new Map(configs.map((config) => [config.source.name, config]));
  }
}

interface FactoryOptions {
  readonly store: MirrorStore;
  readonly around: ProcessContext;
  readonly holder: string;
  readonly metrics: Metrics;
  readonly concurrency: number;
  readonly shared: ReturnType<typeof sharedSchedules>;
}

function accountFactory({ store, around, holder, metrics, concurrency, shared }: FactoryOptions) {
  const budget = shareOfPages(concurrency);
  const dispatchers = new Map<string, ReturnType<typeof createDispatcher>>();
  const dispatcherOf = (baseUrl: URL) => {
    const known = dispatchers.get(baseUrl.origin) ?? createDispatcher(baseUrl);
    dispatchers.set(baseUrl.origin, known);
    return known;
  };
  return (config: Config<string>): FleetAccount => {
    const source = config.source.name;
    const log = around.log.child({ account: source });
    const trouble = requestTrouble();
    const warnOfRetries = retryLog(log, around.clock);
    const onEvent = (event: ClientEvent) => {
      metrics.clientEvent(event);
      warnOfRetries(event);
      trouble.onEvent(event);
    };
    const observer = observers([logObserver(log, around.clock), metrics.observer], log);
    const extras = { holder, onEvent, budget, dispatcher: dispatcherOf(config.api.baseUrl) };
    return {
      source,
      schedules: schedulesOf(config, shared),
      context: runContext(config, store, { ...around, log }, observer, extras),
      requestTimeoutMs: config.api.requestTimeoutMs,
      trouble: () => trouble.current(),
      tidy: () => tidy(config, store, log),
    };
  };
}
