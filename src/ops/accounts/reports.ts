/** Many accounts of one mirror side by side, the worst first. */
import type { AccountStatus } from "../../mirror/status.ts";
import { splitError } from "../run-errors.ts";
import { statusReport } from "../status-report.ts";
import type { StatusReport } from "../status-report.ts";
import type { Level, Limits } from "../verdict.ts";

/** An account that should be mirrored, and when it is stale. */
export interface Member extends Limits {
  readonly source: string;
}

/** Runs that are read of each account: one may be under way beside the last that ended. */
export const RUNS_OF_EACH = 3;

const GRAVITY: Readonly<Record<Level, number>> = { bad: 0, warn: 1, good: 2 };

/** `statuses` of accounts that are no member are left out; a member without one was never mirrored. */
export function accountReports(
  statuses: readonly AccountStatus[],
  members: readonly Member[],
  { embedded, now }: { readonly embedded: boolean; readonly now: number },
): StatusReport[] {
  const bySource = new Map(statuses.map((status) => [status.source, status]));
  const reports = members.map((member) =>
    statusReport(bySource.get(member.source) ?? null, { ...member, embedded, now }),
  );
  return reports.toSorted(
    (a, b) =>
      GRAVITY[a.verdict.level] - GRAVITY[b.verdict.level] ||
      successOf(a) - successOf(b) ||
      (a.source < b.source ? -1 : 1),
  );
}

function successOf({ status }: StatusReport): number {
  return status?.last_success_at ?? -Infinity;
}

/** What the last run that ended says is wrong; null if it succeeded, or was stopped. */
export function lastErrorOf({ status }: StatusReport): string | null {
  const ended = status?.runs.find((run) => run.status !== "running");
  const isWrong = ended?.status === "failed" || ended?.status === "suspicious";
  return isWrong && ended.error !== null ? splitError(ended.error).message : null;
}
