import type { Kind, Run, Trigger } from "../mirror/begin-run.ts";
import type { PassProgress } from "./pass.ts";
import type { RunReport } from "./run.ts";

/** What happens to the passes of an account, for logs, metrics and progress bars. Must not throw. */
export interface SyncObserver {
  runStarted(run: Run, trigger: Trigger): void;
  pageCommitted(run: Run, progress: PassProgress): void;
  /** Something the server does that is survived; told once a run. */
  anomalyFound(run: Run, oddity: string): void;
  runEnded(report: RunReport): void;
  /** The run's row could not be closed; the next run will close it. */
  runLeftOpen(run: Run, error: unknown): void;
  /** No run could begin, say because the database is away. */
  runNotBegun(kind: Kind, error: unknown): void;
  /** Another process works on the account. */
  accountHeld(holder: string): void;
  /** A tick came while a run was under way. */
  tickSkipped(kind: Kind): void;
}

const nothing = () => {};

/** Hears nothing; what somebody wants to hear is put over it. */
export const SILENT: SyncObserver = {
  runStarted: nothing,
  pageCommitted: nothing,
  anomalyFound: nothing,
  runEnded: nothing,
  runLeftOpen: nothing,
  runNotBegun: nothing,
  accountHeld: nothing,
  tickSkipped: nothing,
};
