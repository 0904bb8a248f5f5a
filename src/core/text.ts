/** The longest piece of somebody else's text that goes into a message, in characters. */
export const QUOTE_MAX = 200;

/**
 * Text of a server made fit for a message, a log line or a terminal: one line, no control characters (terminal
 * escapes, bidirectional overrides), no lone surrogates, short, and without `secret` should the server echo it.
 */
export function quotable(text: string, secret = "", max = QUOTE_MAX): string {
  // Cut before cleaning, so that a page of megabytes costs nothing; the secret goes first, or a cut could halve it.
  const known = secret === "" ? text : text.replaceAll(secret, "***");
  const head = known.slice(0, max * 4).toWellFormed();
  const line = head.replace(UNPRINTABLE, " ").replace(/\s+/g, " ").trim();
  const isCut = line.length > max || known.length > max * 4;
  return isCut ? `${line.slice(0, max).toWellFormed()}…` : line;
}

/** Cc: control characters; Cf: formatting such as bidirectional overrides; Zl and Zp: line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
