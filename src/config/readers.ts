import { isIP } from "node:net";

import { Cron } from "croner";
import { z } from "zod";

import { parseDuration, writeDuration } from "../core/duration.ts";

/** Reads a variable with `parse`; when that returns undefined, the message says "expected" and then `expected`. */
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

/** One of `choices`, whatever the case. */
export function choice<const T extends string>(choices: readonly T[]) {
  return reader(`one of ${choices.join(", ")}`, (text) =>
    choices.find((known) => known.toLowerCase() === text.toLowerCase()),
  );
}

export function flag() {
  return reader("true, false, 1 or 0", (text) => FLAGS.get(text.toLowerCase()));
}

export function cron() {
  return reader(CRON_EXPECTED, (text) => (isCron(text) ? text : undefined));
}

function isCron(text: string): boolean {
  try {
    // A name of a day or month that is none, or a date that never comes, is found here only.
    return new Cron(text, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** Null for `off`. */
export function cronOrOff() {
  return reader(`${CRON_EXPECTED}, or off`, (text) => {
    if (text.toLowerCase() === "off") return null;
    return isCron(text) ? text : undefined;
  });
}

/** An IANA time zone, in the spelling of the time zone database. */
export function timezone() {
  return reader("a time zone such as UTC or Europe/Prague", (text) => {
    // Intl also takes offsets such as +02:00, which know no summer time.
    if (!/^[a-z]/i.test(text)) return undefined;
    try {
      return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
    } catch {
      return undefined;
    }
  });
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

/** Lower-case host names, separated by commas. */
export function hostNames() {
  return reader("host names without ports, separated by commas, such as mirror.example.com", (text) => {
    const names = text.split(",").map((name) => name.trim().toLowerCase());
    return names.every((name) => HOST_NAME.test(name)) ? names : undefined;
  });
}

const CRON_EXPECTED =
  'a cron expression such as "*/5 * * * *" (minute hour day month weekday, with seconds in front if wanted)';

const FLAGS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Control characters, formatting such as bidirectional overrides, lone surrogates, unassigned, line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** RFC 1123, with a letter in the last label: a mistyped IPv4 address must not pass for a name. */
const HOST_NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?=[a-z0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}
