import { Cron } from "croner";

import type { AccountStatus } from "../mirror/status.ts";

export interface Freshness {
  readonly fresh: boolean;
  /** Why not, as a clause; null if fresh. */
  readonly reason: string | null;
}

/** Milliseconds of three ticks: an account without success for longer is stale. */
export function staleAfterMs(cron: string): number {
  return spanOfTicks(cron, 3);
}

/** Milliseconds from the next tick to the one that comes `ticks` later. */
export function spanOfTicks(cron: string, ticks: number): number {
  const runs = new Cron(cron, { paused: true }).nextRuns(ticks + 1);
  const [first, last] = [runs.at(0), runs.at(-1)];
  return first && last ? last.getTime() - first.getTime() : 0;
}

/**
 * Whether the mirror of an account is as new as its schedule promises, by its last success alone: that a run is under way
 * proves nothing, and a long one lets the ticks through between its commits.
 */
export function checkFreshness(status: AccountStatus | null, staleMs: number, now: number): Freshness {
  if (status === null) return stale("the account was never mirrored");
  if (status.last_success_at === null) return stale("no run has succeeded yet");
  const age = now - status.last_success_at;
  if (age <= staleMs) return { fresh: true, reason: null };
  return stale(`no run has succeeded for ${Math.round(age / 1000)} s, longer than three ticks`);
}

function stale(reason: string): Freshness {
  return { fresh: false, reason };
}
