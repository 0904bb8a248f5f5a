import { refuse } from "../apify/server.ts";
import { parseInstant } from "../core/instant.ts";

/** Digits of a second that Postgres keeps. */
const FRACTION_LENGTH = 6;

/**
 * A moment in a path, with all digits, so that moments sort as text and each is spelled in one way. Throws a Refusal with
 * status 400 if it is none.
 */
export function parseMoment(text: string): string {
  const [, seconds, fraction = ""] = /^(.{19})(?:\.(\d{1,6}))?Z$/.exec(text) ?? [];
  if (seconds === undefined || parseInstant(text) === null) {
    throw refuse(400, `at: must be a time in UTC such as 2026-11-01T12:00:00Z, not ${JSON.stringify(text)}`);
  }
  return `${seconds}.${fraction.padEnd(FRACTION_LENGTH, "0")}Z`;
}
