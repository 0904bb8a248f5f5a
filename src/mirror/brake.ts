/** The brake: what would take too much out of the live list is not committed until a person has looked. */
import { OperatorError } from "../core/errors.ts";

export interface BrakeRule {
  /** Share of the live rows, 0 to 1, above which nothing leaves the live list; 1 is no brake, since arrivals leave, too. */
  readonly share: number;
  /** A person has looked and lets it through. */
  readonly accept: boolean;
}

/** Rows, since the last proven full pass. */
export interface BrakeState {
  /** Live when that pass ended; before the first one, live now. */
  readonly live: number;
  /** Gone missing since then. */
  readonly missing: number;
}

/** Few rows may always go: a brake in a small account would otherwise stop at every clean-up. */
const MISSING_UNBRAKED = 100;

/** Ends a run as suspicious. */
export class BrakeError extends OperatorError {
  override name = "BrakeError";

  constructor(what: string) {
    super(`${what}, so no more are taken out of the mirror: is it the token of another account?`, {
      hint: "If they are really gone, run `dataset-mirror sync --full --accept-removals`.",
    });
  }
}

/** `missing`: rows that a batch is about to take out of the live list. Throws BrakeError if they are too many. */
export function checkBrake(rule: BrakeRule, before: BrakeState, missing: number): void {
  const all = before.missing + missing;
  if (
    rule.accept ||
    rule.share === 1 ||
    missing === 0 ||
    all <= MISSING_UNBRAKED ||
    all <= rule.share * before.live
  )
    return;
  throw new BrakeError(
    `${all} of ${before.live} datasets have left the list since the last proven full pass`,
  );
}

/** An emptied answer is suspicious however short the list was. */
export function checkEmptied(rule: BrakeRule, liveRows: number): void {
  if (rule.accept || liveRows === 0) return;
  throw new BrakeError(`the list is empty, though the mirror has ${liveRows} live datasets`);
}
