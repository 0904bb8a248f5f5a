import { OperatorError } from "../core/errors.ts";
import { quotable } from "../core/text.ts";

/** A variable, or a key of an account in ACCOUNTS_FILE, that cannot be used. No field holds a secret. */
export interface Problem {
  readonly variable: string;
  /** What was found, as a phrase: `"abc"`, `nothing`, `a URL with a fragment`. */
  readonly found: string;
  /** What would be right, as a phrase. */
  readonly expected: string;
}

/** A value read from a variable, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly problem: Problem };

/** Names every variable that cannot be used; the message holds no secret. */
export class ConfigError extends OperatorError {
  override name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], warnings: readonly string[]) {
    const lines = problems.map(
      ({ variable, found, expected }) => `${variable}: found ${found}, expected ${expected}`,
    );
    const hint = ["Set them in the environment or in the file .env; README.md lists all.", ...warnings];
    super(["The configuration cannot be used:", ...lines].join("\n  "), {
      hint: hint.join("\n"),
    });
    this.problems = problems;
  }
}

const FOUND_MAX = 80;

/**
 * Quotes the value of a variable that should hold no secret; a token or password set there by mistake is masked.
 * `redact` runs before the value is cut: the cut could leave half of a secret, which it would not find.
 */
export function quoteFound(value: string, redact: (text: string) => string): string {
  const masked = redact(value).replace(APIFY_TOKEN, "***").replace(USER_INFO, "//***@");
  return JSON.stringify(quotable(masked, "", FOUND_MAX));
}

const APIFY_TOKEN = /apify_(api|proxy)_\w*/gi;
const USER_INFO = /\/\/.*@/gs;
