import type { AccountStatus } from "../mirror/status.ts";
import { VERSION } from "../version.ts";
import { isoTime } from "./format.ts";
import { verdictOf } from "./verdict.ts";
import type { Limits, Verdict } from "./verdict.ts";

/** Runs that a report lists. */
export const RUNS_REPORTED = 10;

/**
 * The verdict on an account and what it rests on. Times are milliseconds since the epoch, counts are rows. Of an account
 * that was never mirrored `status` is null.
 */
export interface StatusReport {
  readonly version: string;
  readonly source: string;
  /** Whether the mirror lives in the program's own Postgres. */
  readonly embedded: boolean;
  readonly verdict: Verdict;
  readonly stale_after_seconds: number;
  readonly status: AccountStatus | null;
}

export interface ReportOptions extends Limits {
  readonly source: string;
  readonly embedded: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function statusReport(
  status: AccountStatus | null,
  { source, embedded, now, ...limits }: ReportOptions,
): StatusReport {
  return {
    ...{ version: VERSION, source, embedded, verdict: verdictOf(status, limits, now) },
    stale_after_seconds: Math.round(limits.staleMs(status?.last_success_at ?? now) / 1000),
    status,
  };
}

/** What `status --json` prints and `/api/status` answers: one flat object, its times in ISO 8601. */
export function reportJson({ verdict, status, ...rest }: StatusReport): string {
  return JSON.stringify({ ...rest, ...verdict, ...(status ?? NEVER_MIRRORED) }, withIsoTimes, 2);
}

const NEVER_MIRRORED: { [Field in Exclude<keyof AccountStatus, "source">]: AccountStatus[Field] | null } = {
  base_url: null,
  first_run_at: null,
  last_success_at: null,
  last_full_pass_at: null,
  live_rows: 0,
  remote_total: null,
  missing_rows: 0,
  drift: null,
  suspicious: false,
  rejected: { full: null, incremental: null },
  cursor: null,
  lease: null,
  running: null,
  runs: [],
};

function withIsoTimes(key: string, value: unknown): unknown {
  return key.endsWith("_at") && typeof value === "number" ? isoTime(value) : value;
}
