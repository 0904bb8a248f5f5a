/** Characters of foreign text that go into a message. */
export const QUOTE_MAX = 200;

/**
 * Foreign text made fit for a message, a log line or a terminal: one line of at most `max` characters, without control
 * characters (terminal escapes, bidirectional overrides), lone surrogates, or `secret`, should the server echo it.
 */
export function quotable(text: string, secret = "", max = QUOTE_MAX): string {
  // Cut before cleaning, so that megabytes cost nothing; but masked before, or the cut could leave half of the secret.
  const known = secret === "" ? text : text.replaceAll(secret, "***");
  const head = known.slice(0, max * 4).toWellFormed();
  const line = head.replace(CONTROL, " ").replace(/\s+/g, " ").trim();
  const isCut = line.length > max || known.length > max * 4;
  return isCut ? `${line.slice(0, max).toWellFormed()}…` : line;
}

/** Lines made fit for a terminal: line breaks and tabs stay, other control characters are replaced. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => (isLayout(char) ? char : "\u{fffd}"));
}

/** JSON that says the same without control characters, which can only stand in its strings. */
export function printableJson(json: string): string {
  return json.replace(CONTROL, (char) => (isLayout(char) ? char : char.split("").map(escaped).join("")));
}

function isLayout(char: string): boolean {
  return char === "\n" || char === "\t";
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Control characters (Cc), invisible formatting such as bidirectional overrides (Cf), and line separators (Zl, Zp). The
 * two joiners stay: Persian is misspelled and emoji fall apart without them, and they steer nothing.
 */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
