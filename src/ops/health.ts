import type { Observation } from "./account-watch.ts";

export interface Readiness {
  readonly ready: boolean;
  /** Why not; null if ready. */
  readonly reason: string | null;
  readonly hint: string | null;
}

/** Ready: the database answers, its schema is this program's, and the account is fresh. */
export function readiness(seen: Observation): Readiness {
  if (!seen.known) return { ready: false, reason: seen.reason, hint: seen.hint };
  const { fresh, reason } = seen.report;
  return { ready: fresh, reason, hint: null };
}
