/**
 * The search for rows that the mirror still holds though the list does not show them any more. The shift of a place in
 * the list is how many live rows the mirror has before it, minus its offset: it grows where rows are gone. Pages prove
 * what lies between their ends, so the search asks for a page inside the stretch whose shift grows most, and goes on
 * with the stretches left and right of it.
 *
 * Shifts only say where to look: absence is proven by pages alone. So a wrong shift costs requests, never rows.
 */
import { soundIndices } from "./page.ts";
import type { Page } from "./page.ts";

/** A place between two groups of ties: the rows before `offset` were created before `createdAt`, the others were not. */
export interface Boundary {
  readonly offset: number;
  /** Milliseconds since the epoch; -Infinity at the beginning of the list. */
  readonly createdAt: number;
}

/** A part of the list that no page of this search has shown. */
export interface Stretch {
  readonly from: Boundary;
  readonly to: Boundary;
  /** Live rows of the mirror in it, minus listed ones: gone rows, or below 0 rows that the mirror lacks. */
  readonly growth: number;
}

export interface Search {
  readonly stretches: readonly Stretch[];
  /** What is left to explain of the shift at the search's end; 0 when there is nothing more to look for. */
  readonly unexplained: number;
}

export interface Probe {
  readonly stretch: Stretch;
  /** Where to ask for a page. */
  readonly offset: number;
}

export const LIST_START: Boundary = { offset: 0, createdAt: -Infinity };

/** Searches the list before `to`, where its shift is `shift`; `unexplained` of it are to be found. */
export function beginSearch(to: Boundary, shift: number, unexplained: number): Search {
  return { stretches: [{ from: LIST_START, to, growth: shift }], unexplained };
}

/**
 * The next page to ask for, or null when nothing is left to find. `limit`: rows a page has. `hints`: offsets at which
 * something was found before; expiry eats at the same place every time.
 */
export function nextProbe(
  { stretches, unexplained }: Search,
  limit: number,
  hints: readonly number[],
): Probe | null {
  const sign = Math.sign(unexplained);
  const [stretch] = stretches
    .filter(({ growth }) => growth * sign > 0)
    .toSorted((one, other) => Math.abs(other.growth) - Math.abs(one.growth));
  if (stretch === undefined) return null;
  const { from, to } = stretch;
  const hint = hints.find((offset) => offset >= from.offset && offset <= to.offset);
  return { stretch, offset: Math.max(0, centerOf(stretch, limit, hint) - Math.floor(limit / 2)) };
}

/** A stretch as long as a page or shorter is shown whole, with its ends. */
function centerOf({ from, to }: Stretch, limit: number, hint: number | undefined): number {
  const middle = Math.floor((from.offset + to.offset) / 2);
  return to.offset - from.offset < limit - ROOM ? middle : (hint ?? middle);
}

/** Rows on a page besides a stretch that it shall show whole. */
const ROOM = 4;

/** What the page of a probe leaves of its stretch; a part is null where nothing is left. */
export interface Rest {
  readonly left: Stretch | null;
  readonly right: Stretch | null;
}

/**
 * The search after a probe. A page that shows no place between its rows tells nothing: its stretch is given up, so every
 * probe makes the search smaller.
 */
export function afterProbe(search: Search, { stretch }: Probe, { left, right }: Rest): Search {
  const parts = [left, right].filter((part) => part !== null);
  const remaining = parts.reduce((sum, { growth }) => sum + growth, 0);
  return {
    stretches: [...search.stretches.filter((other) => other !== stretch), ...parts],
    unexplained: search.unexplained - (stretch.growth - remaining),
  };
}

/** The first place between two groups of ties on a page, or null if it shows none. */
export function firstBoundary(page: Page): Boundary | null {
  if (page.offset === 0) return LIST_START;
  return boundariesOf(page).at(0) ?? null;
}

export function lastBoundary(page: Page): Boundary | null {
  return boundariesOf(page).at(-1) ?? null;
}

function boundariesOf(page: Page): Boundary[] {
  const boundaries: Boundary[] = [];
  let before: number | null = null;
  for (const index of soundIndices(page)) {
    const createdAt = page.rows[index]?.createdAt ?? null;
    if (before !== null && createdAt !== null && createdAt > before) {
      boundaries.push({ offset: page.offset + index, createdAt });
    }
    before = createdAt;
  }
  return boundaries;
}
