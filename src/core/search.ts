/**
 * The search for rows that the mirror still holds though the list does not show them any more. The shift of a place in
 * the list is how many live rows the mirror has before it, minus its offset: it grows where rows are gone. Pages prove
 * what lies between their ends, so the search asks for a page inside the stretch whose shift grows most for its length,
 * and goes on with the stretches left and right of it.
 *
 * Shifts only say where to look: absence is proven by pages alone. So a wrong shift costs requests, never rows.
 */
import { confirmedIndices, soundIndices } from "./page.ts";
import type { Page } from "./page.ts";

/** A place between two groups of ties: the rows before `offset` were created before `createdAt`, the others were not. */
export interface Boundary {
  readonly offset: number;
  /** Milliseconds since the epoch; -Infinity at the beginning of the list. */
  readonly createdAt: number;
}

/** A part of the list from one place to another. */
export interface Part {
  readonly from: Boundary;
  readonly to: Boundary;
}

/** A part that no page of this search has shown. */
export interface Stretch extends Part {
  /** Live rows of the mirror in it, minus listed ones: gone rows, or below 0 rows that the mirror lacks. */
  readonly growth: number;
}

export interface Search {
  readonly stretches: readonly Stretch[];
  /** What is left to find: gone rows, or below 0 rows that the mirror lacks. */
  readonly unexplained: number;
  /** What there was to find when the search began. */
  readonly begun: number;
  /** Rows that cannot be mirrored, or a shift that is known to remain, may hide gone rows: the two cancel out. */
  readonly isHiding: boolean;
  readonly hasFound: boolean;
  /** Rows that the most fruitful page has explained. */
  readonly largestFind: number;
  readonly requests: number;
  readonly requestsMax: number;
  /** Rows a page has, as the server answered last. */
  readonly limit: number;
  /** Offsets at which something was found, the most fruitful first: expiry eats at the same place every time. */
  readonly hints: readonly number[];
}

export interface Probe {
  readonly stretch: Stretch;
  /** Where to ask for a page. */
  readonly offset: number;
}

export const LIST_START: Boundary = { offset: 0, createdAt: -Infinity };

/** Offsets that are remembered: where datasets expire, and one more. Each costs a request where it is wrong. */
const HINTS_MAX = 2;
/** In more pages than these, what is found may lie together in a few of them. */
const DENSE_PAGES_MAX = 8;
/** Rows on a page besides a stretch that it shall show whole: two at each end confirm where the stretch begins and ends. */
const ROOM = 6;

/** Searches the list before `to`, where its shift is `growth`; `unexplained` rows are to be found. */
export function beginSearch(
  to: Boundary,
  growth: number,
  unexplained: number,
  { limit, requestsMax, hints }: Pick<Search, "limit" | "requestsMax" | "hints">,
): Search {
  return {
    stretches: [{ from: LIST_START, to, growth }],
    unexplained,
    begun: unexplained,
    isHiding: growth !== unexplained,
    hasFound: false,
    largestFind: 0,
    requests: 0,
    ...{ requestsMax, limit, hints },
  };
}

/** The next page to ask for, or null when nothing is left to find or to look at. */
export function nextProbe(search: Search): Probe | null {
  const { limit, hints, requests, requestsMax } = search;
  const stretch = stretchToSplit(search);
  if (stretch === null || requests >= requestsMax) return null;
  const { from, to } = stretch;
  const hint = hints.find((offset) => offset >= from.offset && offset <= to.offset);
  const middle = Math.floor((from.offset + to.offset) / 2);
  if (isDense(stretch, limit)) return { stretch, offset: Math.max(0, from.offset - ROOM / 2) };
  // A stretch that fits on a page is shown whole, with its ends.
  const center = to.offset - from.offset < limit - ROOM ? middle : (hint ?? middle);
  return { stretch, offset: Math.max(0, center - Math.floor(limit / 2)) };
}

/** A few pages with something to find on each: read one after the other, they leave no pieces between two of them. */
function isDense(stretch: Stretch, limit: number): boolean {
  const pages = lengthOf(stretch) / limit;
  return pages >= 1 && pages <= DENSE_PAGES_MAX && Math.abs(stretch.growth) >= pages;
}

/**
 * The stretch whose shift grows most for its length: the search goes down to single pages and finds something with every
 * few requests. By growth alone it would split all large stretches first, and the next run would begin with the same.
 * More than there was to find is what moved during the search: the next run looks at that. Where no shift tells where
 * to look though something is hidden, the longest stretch is split.
 */
function stretchToSplit({ stretches, unexplained, begun, isHiding, limit }: Search): Stretch | null {
  const sign = Math.sign(begun);
  if (unexplained * sign <= 0) return null;
  const grown = stretches.filter(({ growth }) => growth * sign > 0);
  if (grown.length > 0)
    return largest(grown, (stretch) => Math.abs(stretch.growth) / Math.max(limit, lengthOf(stretch)));
  return isHiding ? largest(stretches, lengthOf) : null;
}

function lengthOf({ from, to }: Part): number {
  return to.offset - from.offset;
}

function largest(stretches: readonly Stretch[], sizeOf: (stretch: Stretch) => number): Stretch | null {
  return stretches.toSorted((one, other) => sizeOf(other) - sizeOf(one)).at(0) ?? null;
}

/** What the page of a probe makes of its stretch; null for what there is none of. */
export interface Split<Of extends Part = Part> {
  readonly left: Of | null;
  /** From the first place that the page shows to the last one. */
  readonly shown: Of | null;
  readonly right: Of | null;
}

/** Null for a page that shows no new place in its stretch: only ties, or what has slid into it from elsewhere. */
export function splitBy({ stretch }: Probe, page: Page): Split | null {
  const { from, to } = stretch;
  const inside = boundariesOf(page).filter(
    ({ createdAt }) => createdAt >= from.createdAt && createdAt <= to.createdAt,
  );
  const [first, last] = [inside.at(0), inside.at(-1)];
  if (first === undefined || last === undefined) return null;
  const split = { left: partOf(from, first), shown: partOf(first, last), right: partOf(last, to) };
  return split.shown === null && (split.left === null || split.right === null) ? null : split;
}

function partOf(from: Boundary, to: Boundary): Part | null {
  return from.createdAt < to.createdAt ? { from, to } : null;
}

/** `live`: rows of the mirror in the part. */
export function stretchOf({ from, to }: Part, live: number): Stretch {
  return { from, to, growth: live - Math.max(0, to.offset - from.offset) };
}

/**
 * The search after the page of a probe was committed. What the page has shown and still differs cannot be mended; where
 * it tells nothing, its stretch is given up, so every probe makes the search smaller.
 */
export function afterProbe(
  search: Search,
  { stretch, offset }: Probe,
  split: Split<Stretch> | null,
  { isFind, limit }: { readonly isFind: boolean; readonly limit: number },
): Search {
  const { left = null, shown = null, right = null } = split ?? {};
  const remaining = (left?.growth ?? 0) + (shown?.growth ?? 0) + (right?.growth ?? 0);
  const open = [left, right].filter((part) => part !== null);
  const explained = split === null ? 0 : stretch.growth - remaining;
  const isLargest = isFind && Math.abs(explained) > search.largestFind;
  return {
    ...search,
    stretches: [...search.stretches.filter((other) => other !== stretch), ...open],
    unexplained: search.unexplained - explained,
    hasFound: search.hasFound || isFind,
    largestFind: isLargest ? Math.abs(explained) : search.largestFind,
    requests: search.requests + 1,
    limit,
    hints: isFind ? remember(search.hints, offset + Math.floor(limit / 2), isLargest, limit) : search.hints,
  };
}

function remember(
  hints: readonly number[],
  place: number,
  isLargest: boolean,
  limit: number,
): readonly number[] {
  const others = hints.filter((hint) => Math.abs(hint - place) > limit / 2);
  const [best] = others;
  return isLargest || best === undefined ? [place, ...others].slice(0, HINTS_MAX) : [best, place];
}

/** The places between two groups of ties of which a page proves what lies between them. */
export function boundariesOf(page: Page): Boundary[] {
  return boundariesBetween(page, confirmedIndices(page));
}

/** All places that a page shows, those at its ends included: good enough to compare the mirror with the list there. */
export function allBoundariesOf(page: Page): Boundary[] {
  return boundariesBetween(page, soundIndices(page));
}

function boundariesBetween(page: Page, indices: readonly number[]): Boundary[] {
  const boundaries: Boundary[] = page.offset === 0 ? [LIST_START] : [];
  let before: number | null = null;
  for (const index of indices) {
    const createdAt = page.rows[index]?.createdAt ?? null;
    if (before !== null && createdAt !== null && createdAt > before) {
      boundaries.push({ offset: page.offset + index, createdAt });
    }
    before = createdAt;
  }
  return boundaries;
}

/**
 * A shift that remains when everything was looked at, or all requests were spent without a find, is remembered and not searched
 * for again. One that remains because the list moved during the search is not: the next run tells.
 */
export function remainderAfter(search: Search, remainder: number): number {
  const { unexplained, begun, hasFound, stretches } = search;
  if (unexplained * begun <= 0) return remainder;
  const isLookedAt = stretchToSplit(search) === null && stretches.every(({ growth }) => growth === 0);
  return isLookedAt || !hasFound ? remainder + unexplained : remainder;
}

/**
 * Whether what is left would take more requests than reading the whole list, by what a request has found on average. The
 * most fruitful one is left out: what expires lies together and is found by one page, and tells nothing of the others.
 */
export function isFullPassCheaper(search: Search, total: number): boolean {
  const { unexplained, begun, largestFind, requests, requestsMax, limit } = search;
  if (requests < requestsMax || stretchToSplit(search) === null) return false;
  const found = Math.max(1, Math.abs(begun) - Math.abs(unexplained) - largestFind);
  return (Math.abs(unexplained) * (requests - 1)) / found > total / limit;
}
