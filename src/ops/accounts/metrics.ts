import { Gauge } from "prom-client";
import type { Registry } from "prom-client";

import { PREFIX, processRegistry } from "../metrics.ts";
import type { Metrics } from "../metrics.ts";
import { READINGS } from "../metrics/account.ts";
import { clientMetrics } from "../metrics/client.ts";
import { passMetrics } from "../metrics/passes.ts";
import { STATES } from "../verdict.ts";
import type { AccountsWatch } from "./watch.ts";

/**
 * Metrics of a process of a fleet; counters are over all accounts that it has worked on. What an account has is labelled with its name, read from the database at every scrape, and the same in every process;
 * what a process counts is not, or there would be hundreds of series for each account.
 */
export function createAccountsMetrics(watch: AccountsWatch, holder: string): Metrics {
  const registry = processRegistry(watch.options.database.pool);
  const update = accountsGauges(registry, watch, holder);
  return {
    observer: passMetrics(registry, PREFIX),
    clientEvent: clientMetrics(registry, PREFIX),
    contentType: registry.contentType,
    async render() {
      await update();
      return registry.metrics();
    },
  };
}

function accountsGauges(registry: Registry, watch: AccountsWatch, holder: string): () => Promise<void> {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: PREFIX + name, help, labelNames, registers });
  const up = gauge("database_up", "1 if the database answers and its schema is this program's, else 0.", []);
  const fresh = gauge("fresh", "1 if the mirror of the account is fresh, else 0.", ["source"]);
  const accounts = gauge("accounts", "Accounts by the state that page and status show.", ["state"]);
  const stale = gauge("accounts_stale", "Accounts that are not fresh.", []);
  const staleAfter = gauge(
    "stale_after_seconds",
    "Age of the last success at which three ticks of the account's schedule are over.",
    ["source"],
  );
  const unprovenAfter = gauge(
    "unproven_after_seconds",
    "Age of the last proven full pass at which three ticks of its schedule are over.",
    ["source"],
  );
  const states = gauge("state", "1 for the state that page and status show.", ["source", "state"]);
  const readings = READINGS.map(([name, help, read]) => ({ read, gauge: gauge(name, help, ["source"]) }));
  return async () => {
    const { reports } = await watch.observe();
    up.set(Number(reports !== null));
    // What is not known, or not mirrored any more, is absent.
    for (const one of [
      fresh,
      accounts,
      staleAfter,
      unprovenAfter,
      states,
      ...readings.map((reading) => reading.gauge),
    ])
      one.reset();
    if (reports === null) return stale.remove();
    stale.set(reports.filter(({ verdict }) => !verdict.fresh).length);
    for (const state of STATES) accounts.set({ state }, 0);
    const bySource = new Map(reports.map((report) => [report.source, report.status]));
    for (const { source, unprovenMs } of watch.options.members()) {
      const full = bySource.get(source)?.last_full_pass_at;
      unprovenAfter.set({ source }, unprovenMs(full ?? watch.options.clock.now()) / 1000);
    }
    for (const { source, verdict, status, stale_after_seconds } of reports) {
      states.set({ source, state: verdict.state }, 1);
      accounts.inc({ state: verdict.state });
      fresh.set({ source }, Number(verdict.fresh));
      staleAfter.set({ source }, stale_after_seconds);
      for (const { read, gauge: one } of readings) {
        const value = status === null ? null : read(status, holder);
        if (value !== null) one.set({ source }, value);
      }
    }
  };
}
