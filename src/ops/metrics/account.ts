import { Gauge } from "prom-client";
import type { Registry } from "prom-client";

import type { AccountStatus } from "../../mirror/status.ts";
import type { AccountWatch } from "../account-watch.ts";
import { STATES } from "../verdict.ts";

/** Gauges of the account, read from the database at every scrape: right from the first one after a restart. */
export interface AccountGauges {
  update(): Promise<void>;
}

/** What each gauge shows of an account; null where there is nothing to show. */
type Reading = readonly [
  name: string,
  help: string,
  read: (status: AccountStatus, holder: string) => number | null,
];

export const READINGS: readonly Reading[] = [
  [
    "last_success_timestamp_seconds",
    "When a run last succeeded; absent if none ever did.",
    ({ last_success_at }) => seconds(last_success_at),
  ],
  [
    "last_full_pass_timestamp_seconds",
    "When the last full pass began that was proven from the first row to the last; absent if none was.",
    ({ last_full_pass_at }) => seconds(last_full_pass_at),
  ],
  ["remote_datasets", "Datasets the API says there are; lags.", ({ remote_total }) => remote_total],
  ["live_datasets", "Live datasets in the mirror.", ({ live_rows }) => live_rows],
  [
    "missing_datasets",
    "Datasets that were proven absent once and wait for their second proof.",
    ({ missing_rows }) => missing_rows,
  ],
  ["drift_datasets", "remote_datasets - live_datasets.", ({ drift }) => drift],
  [
    "lease_held",
    "1 if this process holds the lease of the account, 0 if another one does or nobody.",
    ({ lease }, holder) => Number(isHeldBy(lease.holder, holder)),
  ],
  [
    "suspicious",
    "1 if the newest run of a kind ended suspicious and removed nothing, until another one succeeds, else 0.",
    ({ suspicious }) => Number(suspicious),
  ],
];

export function accountGauges(registry: Registry, prefix: string, watch: AccountWatch): AccountGauges {
  const registers = [registry];
  const up = new Gauge({
    name: `${prefix}database_up`,
    help: "1 if the database answers and its schema is this program's, else 0.",
    registers,
  });
  const fresh = new Gauge({
    name: `${prefix}fresh`,
    help: "1 if the mirror of the account is fresh, else 0.",
    registers,
  });
  const state = new Gauge({
    name: `${prefix}state`,
    help: "1 for the state that page, status and /readyz show, 0 for all others.",
    labelNames: ["state"],
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
      const { verdict, report } = await watch.observe();
      up.set(Number(report !== null));
      for (const name of STATES) state.set({ state: name }, Number(verdict.state === name));
      // What is not known is absent: a value that stands still would look like an account that does.
      const status = report?.status ?? null;
      for (const { read, show } of gauges) show(status === null ? null : read(status, watch.options.holder));
      if (report === null) fresh.remove();
      else fresh.set(Number(verdict.fresh));
      rejected.reset();
      for (const [kind, count] of Object.entries(status?.rejected ?? {})) rejected.set({ kind }, count ?? 0);
    },
  };
}

/** A process of a fleet holds leases by its name and a slot. */
function isHeldBy(leaseHolder: string | null, holder: string): boolean {
  return leaseHolder === holder || (leaseHolder?.startsWith(`${holder}/`) ?? false);
}

function seconds(time: number | null): number | null {
  return time === null ? null : time / 1000;
}
