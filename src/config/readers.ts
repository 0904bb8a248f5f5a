import { isIP } from "node:net";

import { validate as isCron } from "node-cron";
import { z } from "zod";

import { parseDuration, writeDuration } from "../core/duration.ts";

/** Reads a variable's text; `expected` completes the sentence "expected …" when `parse` gives undefined. */
function reader<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}

export function wholeNumber(min: number, max: number) {
  return reader(`a whole number from ${min} to ${max}`, (text) =>
    /^\d+$/.test(text) ? within(Number(text), min, max) : undefined,
  );
}

export function decimal(min: number, max: number) {
  return reader(`a number from ${min} to ${max}`, (text) =>
    /^(\d+\.?\d*|\.\d+)$/.test(text) ? within(Number(text), min, max) : undefined,
  );
}

/** Milliseconds of `500ms`, `30s`, `10m`, `1h`, `7d`. */
export function duration(minMs: number, maxMs: number) {
  return reader(
    `a duration such as 500ms, 30s, 10m, 1h or 7d, from ${writeDuration(minMs)} to ${writeDuration(maxMs)}`,
    (text) => within(parseDuration(text) ?? Number.NaN, minMs, maxMs),
  );
}

/** One of `choices`, in whatever case it is written. */
export function choice<const T extends string>(choices: readonly T[]) {
  return reader(`one of ${choices.join(", ")}`, (text) =>
    choices.find((known) => known.toLowerCase() === text.toLowerCase()),
  );
}

export function flag() {
  return reader("true, false, 1 or 0", (text) => FLAGS.get(text.toLowerCase()));
}

export function cron() {
  return reader(
    'a cron expression such as "*/5 * * * *" (minute hour day month weekday, seconds may stand in front)',
    (text) => (isCron(text) ? text : undefined),
  );
}

/** Printable text of at most `max` characters. */
export function label(max: number) {
  return reader(`1 to ${max} printable characters`, (text) =>
    Array.from(text).length <= max && !UNPRINTABLE.test(text) ? text : undefined,
  );
}

export function folder() {
  return reader("a path without control characters", (text) => (/\p{Cc}/u.test(text) ? undefined : text));
}

export function listenHost() {
  return reader("an IP address or a host name, without port and brackets", (text) =>
    isIP(text) !== 0 || HOST_NAME.test(text) ? text : undefined,
  );
}

const FLAGS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Control characters, formatting such as bidirectional overrides, lone surrogates, unassigned, line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** RFC 1123; the last label has a letter, so that a mistyped IPv4 address is none. */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[a-z0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}
