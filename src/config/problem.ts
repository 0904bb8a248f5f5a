import { quotable } from "../core/text.ts";

/** A variable that cannot be used. No field holds a secret. */
export interface Problem {
  readonly variable: string;
  /** What was found, as a phrase: `"abc"`, `nothing`, `a URL with a fragment`. */
  readonly found: string;
  /** What would be right, as a phrase. */
  readonly expected: string;
}

/** A value read from a variable, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly problem: Problem };

const FOUND_MAX = 80;

/**
 * A value that is no secret by its variable, fit for a message; a token or a password set in the wrong place is masked.
 * `hide` strikes out the known secrets, and comes before the cut: half of one could stand at its end.
 */
export function shown(value: string, hide: (text: string) => string): string {
  const masked = hide(value).replace(APIFY_TOKEN, "***").replace(USER_INFO, "//***@");
  return JSON.stringify(quotable(masked, "", FOUND_MAX));
}

const APIFY_TOKEN = /apify_(api|proxy)_\w*/gi;
const USER_INFO = /\/\/.*@/gs;
