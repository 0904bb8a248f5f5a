import { fingerprintOf } from "../core/repeats.ts";
import { quotable } from "../core/text.ts";
import type { RunStatus } from "../mirror/status.ts";
import { sentence } from "./format.ts";

/** The error of a run in its parts. */
export interface RunError {
  /** What happened, a sentence. */
  readonly message: string;
  /** The same in a few words. */
  readonly headline: string;
  /** What the headline leaves out, a sentence; empty where that is nothing. */
  readonly detail: string;
  /** What to do. */
  readonly hint: string | null;
}

const HEADLINE_MAX = 80;
const ERROR_MAX = 1000;

/** `what: particulars` and, in a line of its own, the hint. */
export function splitError(error: string): RunError {
  const [message = "", ...hints] = error.split("\n").map((line) => quotable(line, "", ERROR_MAX));
  const colon = message.indexOf(": ");
  const isSplit = colon > 0 && colon <= HEADLINE_MAX;
  const [headline, detail] = isSplit ? [message.slice(0, colon), message.slice(colon + 2)] : [message, ""];
  return {
    message: sentence(message),
    headline: sentence(headline).replace(/\.$/, ""),
    detail: sentence(detail),
    hint: hints.join(" ") || null,
  };
}

export interface RepeatedError extends RunError {
  /** The runs that ended so, in the order given. */
  readonly runs: readonly number[];
}

/** Why runs failed, each reason once: errors that differ in nothing but numbers are the same. */
export function errorsOf(runs: readonly RunStatus[]): RepeatedError[] {
  const failed = runs.flatMap(({ id, status, error }) =>
    // A run that was stopped did not fail.
    error === null || status === "interrupted" ? [] : [{ id, error }],
  );
  const reasons = Map.groupBy(failed, ({ error }) => fingerprintOf("", error)).values();
  return [...reasons].map((same) => ({
    ...splitError(same[0]?.error ?? ""),
    runs: same.map(({ id }) => id),
  }));
}
