import type { Kind, Run, Trigger } from "../mirror/begin-run.ts";
import type { PassProgress, RunReport } from "./run-report.ts";

/** What happens to the passes of an account, for logs, metrics and progress bars. */
export interface SyncObserver {
  runStarted(run: Run, trigger: Trigger): void;
  pageCommitted(run: Run, progress: PassProgress): void;
  /** Something the server does that is survived; reported once a run. */
  anomalyFound(run: Run, anomaly: string): void;
  runEnded(report: RunReport): void;
  /** The run's row could not be closed; the next run will close it. */
  runLeftOpen(run: Run, error: unknown): void;
  /** No run could begin, say because the database is away. */
  runNotBegun(kind: Kind, error: unknown): void;
  /** Another process works on the account. */
  accountHeld(holder: string): void;
  /** Ticks that came while a run was under way or the process slept; one run makes up for them. */
  ticksMissed(kind: Kind, count: number): void;
  /** The clock went back by so many milliseconds; the schedule goes on from where it is now. */
  clockSetBack(ms: number): void;
}

const nothing = () => {};

/** Ignores everything; spread it and override what is of interest. */
export const SILENT: SyncObserver = {
  runStarted: nothing,
  pageCommitted: nothing,
  anomalyFound: nothing,
  runEnded: nothing,
  runLeftOpen: nothing,
  runNotBegun: nothing,
  accountHeld: nothing,
  ticksMissed: nothing,
  clockSetBack: nothing,
};
