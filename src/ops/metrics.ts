import { Gauge, Registry, collectDefaultMetrics } from "prom-client";

import type { ClientEvent } from "../apify/client.ts";
import type { SyncObserver } from "../sync/observer.ts";
import { VERSION } from "../version.ts";
import type { AccountWatch } from "./account-watch.ts";
import type { StatusReport } from "./status-report.ts";
import { accountGauges } from "./metrics/account.ts";
import { clientMetrics } from "./metrics/client.ts";
import { passMetrics } from "./metrics/passes.ts";

export interface Metrics {
  readonly observer: SyncObserver;
  readonly clientEvent: (event: ClientEvent) => void;
  readonly contentType: string;
  /** Everything in the text format of Prometheus. */
  render(): Promise<string>;
}

export const PREFIX = "dataset_mirror_";

/** Gauges whose names end like counters; linters of metrics object, and the number of handles helps nobody. */
const MISNAMED = [
  "nodejs_active_resources_total",
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
];

/**
 * What Prometheus may ask of this process and its account. Every label has a bounded set of values. The process's own
 * metrics keep the names that dashboards for Node know.
 */
export function createMetrics(watch: AccountWatch): Metrics {
  const registry = processRegistry(watch.options.database.pool);
  registry.setDefaultLabels({ source: watch.options.source });
  showLimits(registry, watch);
  const account = accountGauges(registry, PREFIX, watch);
  return {
    observer: passMetrics(registry, PREFIX),
    clientEvent: clientMetrics(registry, PREFIX),
    contentType: registry.contentType,
    async render() {
      await account.update();
      return registry.metrics();
    },
  };
}

/** With what every process shows of itself, whatever it mirrors. */
export function processRegistry(pool: PoolCounts): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  showBuild(registry);
  showPool(registry, pool);
  return registry;
}

function showBuild(registry: Registry): void {
  new Gauge({
    name: `${PREFIX}build_info`,
    help: "1; the version is in the label.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: VERSION }, 1);
}

/** So that a rule on these needs to know nothing of the schedule. */
function showLimits(registry: Registry, watch: AccountWatch): void {
  const { staleMs, unprovenMs, clock } = watch.options;
  const limits: Array<[name: string, help: string, read: (report: StatusReport | null) => number]> = [
    [
      "stale_after_seconds",
      "Age of the last success at which three ticks of SYNC_CRON are over: older, the mirror is stale.",
      (report) => staleMs(report?.status?.last_success_at ?? clock.now()),
    ],
    [
      "unproven_after_seconds",
      "Age of the last proven full pass at which three ticks of FULL_SYNC_CRON are over: older, the mirror is unproven.",
      (report) => unprovenMs(report?.status?.last_full_pass_at ?? clock.now()),
    ],
  ];
  for (const [name, help, read] of limits) {
    const gauge = new Gauge({
      name: PREFIX + name,
      help,
      async collect() {
        const { report } = await watch.observe();
        this.set(read(report) / 1000);
      },
      registers: [],
    });
    registry.registerMetric(gauge);
  }
}

interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

function showPool(registry: Registry, pool: PoolCounts): void {
  const readings: Array<[name: string, help: string, read: () => number]> = [
    ["database_connections", "Connections to the database that are open.", () => pool.totalCount],
    ["database_connections_idle", "Connections to the database that wait for work.", () => pool.idleCount],
    ["database_waiting", "Pieces of work that wait for a connection.", () => pool.waitingCount],
  ];
  for (const [name, help, read] of readings) {
    registry.registerMetric(
      new Gauge({
        name: PREFIX + name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  }
}
