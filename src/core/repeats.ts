/** A run of failures without a success between them. Times are milliseconds since the epoch. */
export interface Streak {
  readonly since: number;
  readonly count: number;
  readonly reportedAt: number;
  /** What was told whole already, the latest last. */
  readonly seen: readonly string[];
}

export type Reporting = "whole" | "summary" | "nothing";

const SEEN_MAX = 16;
const SUMMARY_EVERY_MS = 3_600_000;

/**
 * The streak with one failure more, and how to tell it: whole when it is new to the streak, otherwise a summary at
 * each power of two and after each silent hour.
 */
export function afterFailure(
  streak: Streak | undefined,
  fingerprint: string,
  now: number,
): { readonly streak: Streak; readonly reporting: Reporting } {
  const before = streak ?? { since: now, count: 0, reportedAt: now, seen: [] };
  const count = before.count + 1;
  const isNew = !before.seen.includes(fingerprint);
  const isDue = isPowerOfTwo(count) || now - before.reportedAt >= SUMMARY_EVERY_MS;
  const reporting = isNew ? "whole" : isDue ? "summary" : "nothing";
  const seen = isNew ? [...before.seen, fingerprint].slice(-SEEN_MAX) : before.seen;
  const reportedAt = reporting === "nothing" ? before.reportedAt : now;
  return { streak: { since: before.since, count, reportedAt, seen }, reporting };
}

/** Equal for failures that differ in nothing but numbers and identifiers. */
export function fingerprintOf(name: string, message: string): string {
  // An identifier has a digit in it; a long word has none.
  return `${name}: ${message.replace(/\b(?=[\w-]*\d)[\w-]+/g, "#")}`;
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
