import { Gauge } from "prom-client";
import type { Registry } from "prom-client";

import type { AccountWatch, Known } from "../account-watch.ts";

/** Gauges of the account, read from the database at every scrape: right from the first one after a restart. */
export interface AccountGauges {
  update(): Promise<void>;
}

/** What of an observation each gauge shows; null where there is nothing to show. */
type Reading = readonly [name: string, help: string, read: (seen: Known, holder: string) => number | null];

const READINGS: readonly Reading[] = [
  ["fresh", "1 if the mirror of the account is fresh, else 0.", ({ report }) => Number(report.fresh)],
  [
    "last_success_timestamp_seconds",
    "When a run last succeeded; absent if none ever did.",
    ({ report }) => seconds(report.lastSuccessAt),
  ],
  [
    "last_full_pass_timestamp_seconds",
    "When a full pass was last proven from the first row to the last; absent if none was.",
    ({ report }) => seconds(report.lastFullPassAt),
  ],
  ["remote_datasets", "Datasets the API says there are; lags.", ({ report }) => report.remoteTotal],
  ["live_datasets", "Datasets that live in the mirror.", ({ report }) => report.liveRows],
  ["drift_datasets", "remote_datasets - live_datasets.", ({ report }) => report.drift],
  [
    "lease_held",
    "1 if this process holds the lease of the account, 0 if another one does or nobody.",
    ({ report }, holder) => Number(report.lease?.holder === holder),
  ],
  [
    "suspicious",
    "1 if the newest full pass ended suspicious and removed nothing, until another one succeeds, else 0.",
    ({ report }) => Number(report.suspicious),
  ],
];

export function accountGauges(registry: Registry, prefix: string, watch: AccountWatch): AccountGauges {
  const registers = [registry];
  const up = new Gauge({
    name: `${prefix}database_up`,
    help: "1 if the database answers and its schema is this program's, else 0.",
    registers,
  });
  const rejected = new Gauge({
    name: `${prefix}rejected_items`,
    help: "Items that the last successful run of a kind could not mirror.",
    labelNames: ["kind"],
    registers,
  });
  const gauges = READINGS.map(([name, help, read]) => {
    const gauge = new Gauge({ name: prefix + name, help, registers });
    return { read, show: (value: number | null) => (value === null ? gauge.remove() : gauge.set(value)) };
  });
  return {
    async update() {
      const seen = await watch.observe();
      up.set(Number(seen.known));
      // What is not known is absent: a value that stands still would look like an account that does.
      for (const { read, show } of gauges) show(seen.known ? read(seen, watch.options.holder) : null);
      rejected.reset();
      if (!seen.known) return;
      for (const kind of ["full", "incremental"] as const) {
        rejected.set({ kind }, seen.rejected[kind] ?? 0);
      }
    },
  };
}

function seconds(time: string | null): number | null {
  return time === null ? null : Date.parse(time) / 1000;
}
