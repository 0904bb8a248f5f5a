import { Counter, Gauge, Histogram } from "prom-client";
import type { Registry } from "prom-client";

import type { SyncObserver } from "../../sync/observer.ts";
import type { PassProgress } from "../../sync/run-report.ts";

const OUTCOMES = ["inserted", "updated", "unchanged", "missing", "removed", "rejected"] as const;
const KINDS = ["incremental", "named", "full"] as const;
const STATUSES = ["succeeded", "failed", "interrupted", "suspicious"] as const;
/** Seconds: an idle tick takes a tenth, the first pass of a large account an hour. */
const DURATIONS_S = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 150, 300, 900, 1800, 3600, 7200];

/** Counts what happens to the passes of this process. */
export function passMetrics(registry: Registry, prefix: string): SyncObserver {
  const count = counters(registry, prefix);
  /** What is counted already of the runs under way, by id: an incremental one may interrupt a full one. */
  const counted = new Map<number, PassProgress>();
  return {
    runStarted() {
      count.running.inc();
    },
    pageCommitted({ id }, progress) {
      const before = counted.get(id);
      for (const outcome of OUTCOMES) {
        // A commit reported twice, because its answer was lost, reports the same figures.
        count.rows.inc({ outcome }, Math.max(0, progress[outcome] - (before?.[outcome] ?? 0)));
      }
      counted.set(id, progress);
    },
    anomalyFound() {
      count.oddities.inc();
    },
    runEnded({ run: { id, kind }, outcome, traffic, durationMs }) {
      counted.delete(id);
      count.running.dec();
      count.runs.inc({ kind, status: outcome.status });
      count.durations.observe({ kind }, durationMs / 1000);
      count.realignments.inc(traffic.realigned);
    },
    runLeftOpen() {},
    runNotBegun(kind) {
      count.notBegun.inc({ kind });
    },
    accountHeld() {
      count.held.inc();
    },
    ticksMissed(kind, ticks) {
      count.missed.inc({ kind }, ticks);
    },
    clockSetBack() {},
  };
}

function counters(registry: Registry, prefix: string) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: prefix + name, help, labelNames, registers });
  const made = {
    running: new Gauge({
      name: `${prefix}running`,
      help: "Passes that this process runs now.",
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
    missed: counter(
      "ticks_skipped_total",
      "Ticks that came while a run was under way or the process slept; one run makes up for them.",
      ["kind"],
    ),
  };
  // From 0 on, so that the first event is an increase that a query sees.
  for (const kind of KINDS) {
    for (const status of STATUSES) made.runs.inc({ kind, status }, 0);
    made.durations.zero({ kind });
    made.notBegun.inc({ kind }, 0);
    made.missed.inc({ kind }, 0);
  }
  for (const outcome of OUTCOMES) made.rows.inc({ outcome }, 0);
  return made;
}
