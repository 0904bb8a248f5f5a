import { writeDuration } from "../core/duration.ts";
import type { AccountStatus } from "../mirror/status.ts";
import type { Schedule } from "./schedule.ts";

export interface Freshness {
  readonly fresh: boolean;
  /** Why not, as a clause; null if fresh. */
  readonly reason: string | null;
}

/** Ticks that must come without a success before an account is stale. */
const TICKS = 3;
/** Milliseconds that the last of them is given to succeed. */
const LEEWAY_MS = 60_000;
const MINUTE_MS = 60_000;

/**
 * Milliseconds after a success at `since` until the third tick without another one is over; infinite if no more come.
 * Judged from the success on, since a schedule may rest for a weekend.
 */
export function staleAfterMs(schedule: Schedule, since: number): number {
  let tick: number | null = since;
  for (let left = TICKS; left > 0 && tick !== null; left -= 1) tick = schedule.next(tick);
  return tick === null ? Infinity : tick + LEEWAY_MS - since;
}

/**
 * Whether the mirror of an account is as new as its schedule promises. `staleMs`: milliseconds from the last success.
 * Only what has succeeded counts: a run that is under way may hang.
 */
export function checkFreshness(
  status: AccountStatus | null,
  staleMs: (since: number) => number,
  now: number,
): Freshness {
  if (status === null) return stale("the account was never mirrored");
  const { last_success_at: since } = status;
  if (since === null) return stale("no run has succeeded yet");
  const age = now - since;
  if (age <= staleMs(since)) return { fresh: true, reason: null };
  const minutes = Math.round(age / MINUTE_MS);
  return stale(`no run has succeeded for ${writeDuration(minutes * MINUTE_MS)}, longer than three ticks`);
}

function stale(reason: string): Freshness {
  return { fresh: false, reason };
}
