import type { AccountStatus, RunStatus } from "../mirror/status.ts";
import { checkFreshness } from "../sync/freshness.ts";

/** Runs that a report tells of. */
export const RUNS_REPORTED = 10;

/** What `status --json` prints and `/api/status` answers. Times are ISO 8601, counts are rows. */
export interface StatusReport {
  readonly version: string;
  readonly source: string;
  /** Whether the mirror lives in the program's own Postgres. */
  readonly embedded: boolean;
  readonly fresh: boolean;
  /** Why it is not fresh; null if it is. */
  readonly reason: string | null;
  readonly staleAfterSeconds: number;
  readonly lastSuccessAt: string | null;
  readonly lastFullPassAt: string | null;
  readonly liveRows: number;
  readonly remoteTotal: number | null;
  /** remoteTotal - liveRows */
  readonly drift: number | null;
  /** The newest full pass held its removals back, since they were too many. */
  readonly suspicious: boolean;
  readonly cursor: AccountStatus["cursor"] | null;
  readonly lease: AccountStatus["lease"] | null;
  /** Newest first, at most RUNS_REPORTED. */
  readonly runs: readonly RunStatus[];
}

export interface ReportOptions {
  readonly version: string;
  readonly source: string;
  readonly embedded: boolean;
  readonly staleMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** `status`: what `readStatus` gave, null if the account was never mirrored. */
export function statusReport(
  status: AccountStatus | null,
  { version, source, embedded, staleMs, now }: ReportOptions,
): StatusReport {
  return {
    version,
    source,
    embedded,
    ...checkFreshness(status, staleMs, now),
    staleAfterSeconds: Math.round(staleMs / 1000),
    lastSuccessAt: status?.lastSuccessAt ?? null,
    lastFullPassAt: status?.lastFullPassAt ?? null,
    liveRows: status?.liveRows ?? 0,
    remoteTotal: status?.remoteTotal ?? null,
    drift: status?.drift ?? null,
    suspicious: status?.suspicious ?? false,
    cursor: status?.cursor ?? null,
    lease: status?.lease ?? null,
    runs: status?.runs.slice(0, RUNS_REPORTED) ?? [],
  };
}
