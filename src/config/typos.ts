import { quotable } from "../core/text.ts";

/** Names that other tools give to what has another name here. */
const ALIASES: Readonly<Record<string, string>> = {
  APIFY_API_TOKEN: "APIFY_TOKEN",
  APIFY_BASE_URL: "APIFY_API_BASE_URL",
  SYNC_FULL_CRON: "FULL_SYNC_CRON",
};
/** Names near to ours that mean something else. */
const FOREIGN = new Set(["HTTPS_PORT", "HTTPS_HOST"]);

/** A shorter name has too many neighbours for a distance of two. */
const LONG_NAME = 10;

/** A sentence for each variable that is not known but was probably meant to be. */
export function likelyTypos(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    const meant = known.includes(name) || FOREIGN.has(name) ? undefined : meantBy(name, known);
    // Windows finds a variable in whatever case it was set.
    if (meant === undefined || (name.toUpperCase() === meant && env[meant] !== undefined)) continue;
    warnings.push(`${quotable(name)} is not a variable of this program: did you mean ${meant}?`);
  }
  return warnings;
}

function meantBy(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const alias = Object.hasOwn(ALIASES, upper) ? ALIASES[upper] : undefined;
  const near = known.map((candidate) => ({ candidate, distance: distance(upper, candidate) }));
  near.sort((a, b) => a.distance - b.distance);
  const nearest = near.find((one) => one.distance <= (one.candidate.length >= LONG_NAME ? 2 : 1));
  return alias ?? nearest?.candidate;
}

/** Letters to insert, drop, change or swap with their neighbour (optimal string alignment); 3 stands for more. */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const change = at(above, column - 1) + (isSame ? 0 : 1);
      const swap = isSwap ? at(before, column - 2) + 1 : Infinity;
      current.push(Math.min(change, swap, at(above, column) + 1, at(current, column - 1) + 1));
    }
    before = above;
    above = current;
  }
  return Math.min(at(above, b.length), 3);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
