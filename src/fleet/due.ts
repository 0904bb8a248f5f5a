/** Which passes of an account are due, and how much they may take from the others. */
import type { Kind } from "../mirror/begin-run.ts";
import type { RunSummary } from "../mirror/run-summaries.ts";
import type { Schedule, Schedules } from "../sync/schedule.ts";

/** Passes that are short as a rule have slots of their own: long ones, and accounts that fail, never keep them waiting. */
export type Lane = "quick" | "slow";

export interface Due {
  readonly kind: Kind;
  /** Milliseconds since the epoch, by the database's clock; infinite if it never is. */
  readonly at: number;
  readonly lane: Lane;
}

const MINUTE_MS = 60_000;
/** Milliseconds an account waits after a failure, doubling with each one in a row. */
const RETRY_MS_MIN = MINUTE_MS / 2;
const RETRY_MS_MAX = 60 * MINUTE_MS;

/** When each pass of an account is due next; of one that was never mirrored the first, at once. */
export function nextPasses(schedules: Schedules, summary: RunSummary | null, now: number): Due[] {
  if (summary === null) return [{ kind: "full", at: now, lane: "slow" }];
  const notBefore = restsUntil(summary);
  const lane = failuresOf(summary) > 0 || summary.endings[0] === "interrupted" ? "slow" : "quick";
  const due = (kind: Kind, schedule: Schedule): Due => {
    const began = summary.began[kind];
    const tick = began === null ? now : (schedule.next(began) ?? Infinity);
    return { kind, at: Math.max(tick, notBefore), lane: kind === "full" ? "slow" : lane };
  };
  if (summary.isNew) return [due("full", schedules.incremental)];
  const named = schedules.named === null ? [] : [due("named", schedules.named)];
  return [due("incremental", schedules.incremental), ...named, due("full", schedules.full)];
}

/** Runs that failed since the last one that did not. What was stopped says nothing. */
export function failuresOf({ endings }: Pick<RunSummary, "endings">): number {
  const told = endings.filter((status) => status !== "interrupted" && status !== "abandoned");
  const success = told.findIndex((status) => status !== "failed");
  return success === -1 ? told.length : success;
}

/** Until when an account that fails is left alone, so that a token that is refused for a day costs some thirty requests. */
function restsUntil(summary: RunSummary): number {
  const failures = failuresOf(summary);
  if (failures === 0 || summary.endedAt === null) return -Infinity;
  return summary.endedAt + Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (failures - 1));
}
