import type { RunReport } from "../sync/run-report.ts";
import { formatCount } from "./format.ts";

/** A run that ended, in one line with all its figures: `incremental run 12 succeeded in 0.3 s: ...`. */
export function summaryOf(report: RunReport): string {
  const { run, outcome, durationMs } = report;
  const head = `${run.kind} run ${run.id} ${outcome.status} in ${(durationMs / 1000).toFixed(1)} s`;
  const figures = figuresOf(report);
  const words = Object.entries(figures)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name} ${String(value)}${name === "count" ? overlapNote(figures) : ""}`);
  const rest = outcome.status === "interrupted" ? `; ${committedOf(report)}` : "";
  const tail = outcome.error === null ? "" : `\n${outcome.error}${rest}`;
  return `${head}: ${words.join(", ") || "nothing was read"}${tail}`;
}

/** What a run that was stopped leaves behind. */
export function committedOf({ progress }: RunReport): string {
  if (progress === null || progress.pages === 0) return "nothing was committed";
  const { pages, count } = progress;
  const what = `${formatCount(count)} rows of ${formatCount(pages)} ${pages === 1 ? "page" : "pages"}`;
  return `${what} are committed, and the next run goes on from there`;
}

/** Without it, a count above the total looks like a mistake. */
function overlapNote({ count, total }: { count: number; total: number }): string {
  return count > total ? " (rows where pages overlap are read twice)" : "";
}

/** The figures of a run as its row in `sync_runs` names them; rows, requests and milliseconds. */
export function figuresOf({ progress, traffic, complete }: RunReport) {
  return {
    total: progress?.total ?? 0,
    count: progress?.count ?? 0,
    pages: progress?.pages ?? 0,
    inserted: progress?.inserted ?? 0,
    updated: progress?.updated ?? 0,
    unchanged: progress?.unchanged ?? 0,
    missing: progress?.missing ?? 0,
    removed: progress?.removed ?? 0,
    reconciled: progress?.reconciled ?? 0,
    rejected: progress?.rejected ?? 0,
    requests: traffic.requests,
    throttled: traffic.throttled,
    throttled_ms: traffic.throttledMs,
    retried: traffic.retried,
    realigned: traffic.realigned,
    complete,
  };
}
