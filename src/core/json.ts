import { quotable } from "./text.ts";

/** Levels of arrays and objects inside one another that a value may have. */
export const DEPTH_MAX = 32;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether Postgres can hold the text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/**
 * Whether JSON text holds more than `max` values; each array, object, key and element counts. Looks at the bytes alone,
 * so that a text that would fill the memory need not be parsed to be refused. Of text that is no JSON it is no more
 * than a parser would have made before it noticed.
 */
export function holdsMoreValues(json: Buffer, max: number): boolean {
  let values = 1;
  for (let at = 0; at < json.length && values <= max; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA || byte === COLON || byte === OPEN_ARRAY || byte === OPEN_OBJECT) values++;
  }
  return values > max;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;

/** Position of the quote that closes the string opened at `start`, or of the text's end. */
function endOfString(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return json.length;
}

/**
 * What keeps a parsed JSON value from being stored, as `.path.to.it: what is wrong`, or null. `checkStrings` looks
 * into the strings and keys too; it may be false where the source text is known to hold no escape of such a character.
 */
export function storageProblem(value: unknown, checkStrings: boolean, levels = DEPTH_MAX): string | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : ": a number out of range";
  if (typeof value === "string") return checkStrings && !isStorable(value) ? `: ${UNSTORABLE}` : null;
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return `: nested deeper than ${DEPTH_MAX}`;
  if (Array.isArray(value)) return problemInArray(value, checkStrings, levels);
  return isRecord(value) ? problemInObject(value, checkStrings, levels) : null;
}

/** The value with what cannot be stored replaced: bad characters by U+FFFD, levels too deep and infinities by null. */
export function storable(value: unknown, levels = DEPTH_MAX): unknown {
  if (typeof value === "string") return storableText(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((element) => storable(element, levels - 1));
  const entries = Object.entries(value).map(([key, inner]) => [
    storableText(key),
    storable(inner, levels - 1),
  ]);
  return Object.fromEntries(entries);
}

const UNSTORABLE = "holds NUL or half of a surrogate pair";

function problemInArray(values: readonly unknown[], checkStrings: boolean, levels: number): string | null {
  for (const [index, value] of values.entries()) {
    const problem = storageProblem(value, checkStrings, levels - 1);
    if (problem !== null) return `[${index}]${problem}`;
  }
  return null;
}

function problemInObject(
  values: Readonly<Record<string, unknown>>,
  checkStrings: boolean,
  levels: number,
): string | null {
  // Parsed JSON inherits no keys; `for in` allocates nothing where Object.entries triples the time of a page.
  for (const key in values) {
    if (checkStrings && !isStorable(key)) return `.${quotable(key, "", 40)}: the key ${UNSTORABLE}`;
    const problem = storageProblem(values[key], checkStrings, levels - 1);
    if (problem !== null) return `.${quotable(key, "", 40)}${problem}`;
  }
  return null;
}

function storableText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
