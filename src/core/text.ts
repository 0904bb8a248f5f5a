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

/** Several lines made fit for a terminal: breaks and tabs stay, whatever else could steer it is replaced. */
export function printable(text: string): string {
  return text.replace(STEERING, "\u{fffd}");
}

/** JSON that says the same and holds nothing that could steer a terminal; such characters stand in strings only. */
export function printableJson(json: string): string {
  return json.replace(STEERING, (char) => char.split("").map(escaped).join(""));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What `UNPRINTABLE` is, but for line breaks and tabs. */
const STEERING = /(?![\n\t])\p{Cc}|[\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Cc: control characters; Cf: formatting such as bidirectional overrides; Zl and Zp: line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
