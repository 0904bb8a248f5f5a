import type { Known, Observation } from "./account-watch.ts";
import { formatCount } from "./format.ts";
import type { StatusReport } from "./status-report.ts";

export type Level = "good" | "warn" | "bad";

export interface Check {
  readonly level: Level;
  readonly title: string;
  readonly text: string;
  /** ISO 8601: the moment that the text is about; null if it is about none. */
  readonly at: string | null;
}

/** Whether the mirror can be trusted now, in words. */
export interface Trust {
  readonly level: Level;
  /** Holds no age, so that it changes only when the verdict does. */
  readonly headline: string;
  readonly detail: string;
  readonly checks: readonly Check[];
}

/**
 * The API's total lags behind its own list, and what expires is removed by the second full pass only, which is up to 1.2 %
 * of the rows with a week's retention and a pass an hour: so this much is no drift.
 */
const DRIFT_ROWS = 20;
const DRIFT_SHARE = 0.02;

/** Judges what was seen. `now` and `unprovenMs` in milliseconds. */
export function trustOf(seen: Observation, unprovenMs: number, now: number): Trust {
  if (!seen.known) {
    const detail = `${sentence(seen.reason)} ${seen.hint ?? ""}`.trimEnd();
    return { level: "bad", headline: "The mirror cannot be read", detail, checks: UNKNOWN };
  }
  const { report } = seen;
  const checks = [freshness(report), completeness(seen, unprovenMs, now), step(report)];
  return { ...summary(report, checks), checks };
}

const UNKNOWN: readonly Check[] = ["Fresh?", "Complete?", "In step?"].map((title) => {
  return { level: "warn", title, text: "not known now", at: null };
});

function summary(report: StatusReport, checks: readonly Check[]): Omit<Trust, "checks"> {
  const { fresh, reason, runs } = report;
  if (!fresh && report.lastSuccessAt === null) {
    const isBusy = runs[0]?.status === "running";
    return isBusy
      ? { level: "warn", headline: "The first pass is under way", detail: "The mirror is not complete yet." }
      : { level: "bad", headline: "Nothing is mirrored yet", detail: sentence(reason ?? "") };
  }
  if (!fresh)
    return { level: "bad", headline: "The mirror is stale", detail: sentence(reason ?? "no run succeeds") };
  const doubts = checks.filter(({ level }) => level !== "good");
  if (doubts.length === 0) {
    return {
      level: "good",
      headline: "The mirror can be trusted",
      detail: "It is fresh, proven complete, and in step with the API.",
    };
  }
  const detail = doubts.map(({ title, text }) => `${title}: ${text}.`).join(" ");
  return { level: "warn", headline: "The mirror is fresh, but in doubt", detail };
}

function freshness({ fresh, lastSuccessAt }: StatusReport): Check {
  const text = lastSuccessAt === null ? "no run has succeeded yet" : "last success";
  return { level: fresh ? "good" : "bad", title: fresh ? "Fresh" : "Not fresh", text, at: lastSuccessAt };
}

function completeness({ report, rejected }: Known, unprovenMs: number, now: number): Check {
  const { lastFullPassAt: at, suspicious } = report;
  if (suspicious)
    return { level: "warn", title: "Suspicious", text: "the last full pass removed nothing", at: null };
  if (at === null) return { level: "warn", title: "Unproven", text: "no full pass was proven yet", at: null };
  if (now - Date.parse(at) > unprovenMs) {
    return { level: "warn", title: "Unproven", text: "the last proven full pass is long ago", at };
  }
  const missed = rejected.full ?? 0;
  if (missed > 0) {
    const text = `${formatCount(missed)} rejected; see apify.rejected_items`;
    return { level: "warn", title: "Items left out", text, at: null };
  }
  return { level: "good", title: "Complete", text: "proven", at };
}

function step({ drift, remoteTotal, liveRows }: StatusReport): Check {
  if (drift === null || remoteTotal === null) {
    return { level: "warn", title: "Unknown drift", text: "the API has not told its total yet", at: null };
  }
  const isClose = Math.abs(drift) <= Math.max(DRIFT_ROWS, DRIFT_SHARE * remoteTotal);
  const text =
    drift === 0
      ? `${formatCount(liveRows)} here and in the API`
      : `${formatCount(liveRows)} here, ${formatCount(remoteTotal)} in the API`;
  return { level: isClose ? "good" : "warn", title: isClose ? "In step" : "Out of step", text, at: null };
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
