import type { Progress, Traffic } from "../mirror/batch.ts";
import type { Run, Trigger } from "../mirror/begin-run.ts";
import type { Outcome } from "../mirror/end-run.ts";

/** What a run has done so far. */
export interface PassProgress extends Progress {
  /** Length of the list as the API gave it last. */
  readonly total: number;
  /** Index behind the last row read. */
  readonly offset: number;
}

/** What an operator wants to know of a run that ended. */
export interface RunReport {
  readonly run: Run;
  readonly trigger: Trigger;
  readonly outcome: Outcome;
  readonly complete: boolean;
  readonly progress: PassProgress | null;
  readonly traffic: Traffic;
  readonly durationMs: number;
  /** What was thrown, if the run failed; a bug unless it is an OperatorError. */
  readonly cause: unknown;
  /** The mirror differs from the list in so many places that a full pass is cheaper than looking for each. */
  readonly needsFullPass: boolean;
}
