/** The service's own pass, without its schedule. */

import { Client } from "pg";
import { pino } from "pino";

import { thisHost, toConfig } from "../../src/config.ts";
import { openStore, runContext } from "../../src/daemon.ts";
import { SILENT } from "../../src/sync/observer.ts";
import { runOnce } from "../../src/sync/run.ts";
import type { RunReport } from "../../src/sync/run-report.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { timed } from "../support/timed.ts";
import type { Took } from "../support/timed.ts";

export interface MirrorOrder {
  readonly database: string;
  readonly api: string;
  readonly token: string;
  readonly kind: "full" | "incremental";
  /** Passes one after the other; the figures are of all of them. Default 1. */
  readonly passes?: number;
  readonly requestsPerSecond?: number;
  readonly concurrency?: number;
}

export interface Mirrored extends Took {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly requests: number;
  readonly throttled: number;
  readonly statements: number;
}

const statements = countStatements();

export async function run(order: MirrorOrder): Promise<Mirrored> {
  const config = toConfig(environmentOf(order), { token: true }, thisHost());
  const { signal } = new AbortController();
  const log = pino({ level: "silent" });
  const around = { clock: systemClock, random: systemRandom, log, host: process, signal };
  await using store = await openStore(config, around);
  await store.prepare();
  const context = { ...runContext(config, store, around, SILENT), owner: { isChecked: true } };
  const sum = { inserted: 0, updated: 0, unchanged: 0, requests: 0, throttled: 0 };
  const before = statements();
  const took = await timed(async () => {
    for (let left = order.passes ?? 1; left > 0; left -= 1) {
      const report = await runOnce(
        context,
        {
          ...{ kind: order.kind, trigger: "manual", acceptRemovals: false, preempt: true },
          ...{ resumeMsMax: Infinity, within: null, keepLease: false },
        },
        signal,
      );
      if ("heldBy" in report) throw new Error(`held by ${report.heldBy}`);
      add(sum, report);
    }
  });
  const counted = statements() - before;
  return { ...took, ...sum, statements: counted };
}

function environmentOf(order: MirrorOrder) {
  return {
    APIFY_TOKEN: order.token,
    APIFY_API_BASE_URL: order.api,
    DATABASE_URL: order.database,
    MAX_REQUESTS_PER_SECOND: String(order.requestsPerSecond ?? 1000),
    MAX_CONCURRENCY: String(order.concurrency ?? 8),
  };
}

function add(
  sum: { [key in "inserted" | "updated" | "unchanged" | "requests" | "throttled"]: number },
  report: RunReport,
) {
  if (report.outcome.status !== "succeeded") throw new Error(report.outcome.error ?? report.outcome.status);
  sum.inserted += report.progress?.inserted ?? 0;
  sum.updated += report.progress?.updated ?? 0;
  sum.unchanged += report.progress?.unchanged ?? 0;
  sum.requests += report.traffic.requests;
  sum.throttled += report.traffic.throttled;
}

/** Everything that is sent to Postgres goes through this one method of the driver. */
function countStatements(): () => number {
  let count = 0;
  // oxlint-disable-next-line typescript/unbound-method -- the proxy hands the client on
  Client.prototype.query = new Proxy(Client.prototype.query, {
    apply(query, client, given) {
      count += 1;
      return Reflect.apply(query, client, given);
    },
  });
  return () => count;
}
