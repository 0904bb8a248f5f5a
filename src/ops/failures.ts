import { fingerprintOf } from "../core/repeats.ts";
import type { RunStatus } from "../mirror/status.ts";

export interface RunFailure {
  /** Of the runs that ended so, in their order. */
  readonly runs: readonly number[];
  /** What the first of them said, with what can be done. */
  readonly error: string;
}

/** Why runs failed, each reason once: errors that differ in numbers only are one. */
export function failuresOf(runs: readonly RunStatus[]): RunFailure[] {
  const failed = runs.flatMap(({ id, status, error }) =>
    // A run that was stopped did not fail.
    error === null || status === "interrupted" ? [] : [{ id, error }],
  );
  const reasons = Map.groupBy(failed, ({ error }) => fingerprintOf("", error)).values();
  return [...reasons].map((same) => ({ runs: same.map(({ id }) => id), error: same[0]?.error ?? "" }));
}
