import { Cron } from "croner";

import type { AccountStatus } from "../mirror/status.ts";

export interface Freshness {
  readonly fresh: boolean;
  /** Why not, in an operator's words; null if fresh. */
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
 * Whether the mirror of an account can be trusted now. A pass that is under way makes nothing stale: the ticks that
 * come meanwhile are skipped on purpose, and every wait inside a pass is bounded.
 */
export function checkFreshness(status: AccountStatus | null, staleMs: number, now: number): Freshness {
  if (status === null) return stale("the account was never mirrored");
  const newest = status.runs[0];
  if (status.lastSuccessAt === null) {
    return stale(newest?.error ? `no run has succeeded yet: ${newest.error}` : "no run has succeeded yet");
  }
  const until = newest?.status === "running" ? Date.parse(newest.started_at) : now;
  const age = until - Date.parse(status.lastSuccessAt);
  if (age <= staleMs) return { fresh: true, reason: null };
  const why = newest?.error ? `: ${newest.error}` : "";
  return stale(`no run has succeeded for ${Math.round(age / 1000)} s, longer than three ticks${why}`);
}

function stale(reason: string): Freshness {
  return { fresh: false, reason };
}
