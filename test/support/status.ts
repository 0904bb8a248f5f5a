import type { AccountStatus, RunStatus } from "../../src/mirror/status.ts";

export const NOW = Date.UTC(2026, 10, 25);
export const MINUTE_MS = 60_000;

/** A run that began `minutes` before NOW and took as many seconds. */
export function runStatus(id: number, minutes: number, more: Partial<RunStatus> = {}): RunStatus {
  const startedAt = NOW - minutes * MINUTE_MS;
  return {
    ...{ id, kind: "incremental", trigger: "schedule", status: "succeeded" },
    ...{ started_at: startedAt, finished_at: startedAt + minutes * 1000 },
    ...{ total: 120_000, count: 180, pages: 1, requests: 1, throttled: 0, throttled_ms: 0, retried: 0 },
    ...{ realigned: 0, inserted: 5, updated: 0, unchanged: 175, removed: 0, missing: 0, rejected: 0 },
    reconciled: 0,
    ...{ offset_from: 0, offset_to: 1, complete: true, error: null },
    ...more,
  };
}

/** An account in good order: fresh, proven a minute ago, in step. */
export function accountStatus(more: Partial<AccountStatus> = {}): AccountStatus {
  return {
    ...{ source: "default", base_url: "https://api.apify.com/", first_run_at: NOW - 60 * MINUTE_MS },
    ...{ last_success_at: NOW - MINUTE_MS, last_full_pass_at: NOW - MINUTE_MS },
    ...{ live_rows: 120_000, remote_total: 120_000, missing_rows: 0, drift: 0, suspicious: false },
    rejected: { full: 0, incremental: 0 },
    cursor: { offset: 119_832, anchor_id: "anchor", anchor_created_at: null },
    lease: { holder: "host:1", busy: true, expires_at: null },
    ...{ running: null, runs: [runStatus(1, 1)] },
    ...more,
  };
}
