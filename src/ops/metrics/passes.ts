import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "prom-client";

import type { SyncObserver } from "../../sync/observer.ts";
import type { PassProgress } from "../../sync/pass.ts";

const OUTCOMES = ["inserted", "updated", "unchanged", "missing", "rejected"] as const;
const KINDS = ["incremental", "full"] as const;
const STATUSES = ["succeeded", "failed", "interrupted", "suspicious"] as const;
/** Seconds: an idle tick takes a tenth, the first pass of a large account an hour. */
const DURATIONS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 150, 300, 900, 1800, 3600, 7200];

/** Counts what happens to the passes of this process. */
export function passMetrics(registry: Registry, prefix: string): SyncObserver {
  const count = counters(registry, prefix);
  /** What of the run under way is counted already. */
  let counted: Partial<PassProgress> = {};
  return {
    runStarted() {
      counted = {};
      count.running.set(1);
    },
    pageCommitted(_run, progress) {
      for (const outcome of OUTCOMES) {
        // A commit that is told twice, after its answer was lost, tells no less.
        count.rows.inc({ outcome }, Math.max(0, progress[outcome] - (counted[outcome] ?? 0)));
      }
      counted = progress;
    },
    anomalyFound() {
      count.oddities.inc();
    },
    runEnded({ run: { kind }, outcome, traffic, durationMs }) {
      count.running.set(0);
      count.runs.inc({ kind, status: outcome.status });
      count.durations.observe({ kind }, durationMs / 1000);
      count.rows.inc({ outcome: "removed" }, outcome.removed);
      count.realignments.inc(traffic.realigned);
    },
    runLeftOpen() {},
    runNotBegun(kind) {
      count.notBegun.inc({ kind });
    },
    accountHeld() {
      count.held.inc();
    },
    tickSkipped(kind) {
      count.skipped.inc({ kind });
    },
  };
}

function counters(registry: Registry, prefix: string) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: prefix + name, help, labelNames, registers });
  const made = {
    running: new Gauge({
      name: `${prefix}running`,
      help: "1 while this process runs a pass, else 0.",
      registers,
    }),
    runs: counter("runs_total", "Runs that ended, by kind and how they ended.", ["kind", "status"]),
    durations: new Histogram({
      name: `${prefix}run_duration_seconds`,
      help: "How long runs took.",
      labelNames: ["kind"],
      buckets: DURATIONS_S,
      registers,
    }),
    rows: counter("rows_total", "Datasets read or removed by runs, by what became of their rows.", [
      "outcome",
    ]),
    realignments: counter("realignments_total", "Steps back because the list slid under the cursor."),
    oddities: counter("oddities_total", "Kinds of odd behaviour of the server that runs met and survived."),
    notBegun: counter(
      "runs_not_begun_total",
      "Runs that could not begin, say because the database was away.",
      ["kind"],
    ),
    held: counter("account_held_total", "Times a run waited because another process works on the account."),
    skipped: counter("ticks_skipped_total", "Ticks skipped because a run was under way.", ["kind"]),
  };
  // From 0 on, so that the first event is an increase that a query sees.
  for (const kind of KINDS) {
    for (const status of STATUSES) made.runs.inc({ kind, status }, 0);
    made.durations.zero({ kind });
    made.notBegun.inc({ kind }, 0);
    made.skipped.inc({ kind }, 0);
  }
  for (const outcome of [...OUTCOMES, "removed"]) made.rows.inc({ outcome }, 0);
  return made;
}
