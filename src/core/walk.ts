/**
 * The walk over an offset-paged list that moves under it. Pure: a caller asks the server at `walk.nextOffset` and hands
 * the answer to `verifyPage`, which either proves the page contiguous with all that was read before, or asks elsewhere.
 *
 *         nextOffset             proven: continue at the page's end
 *      ┌──────────────► page ──────────────────────────────► accepted ──► end of the list
 *      │                  │                                      │
 *      │                  ├─ not proven: the list slid left, ask earlier
 *      │                  ├─ ends before the anchor: too early, ask later
 *      └── realigned ◄────┘                                      │
 *      └─────────────────────────────────────────────────────────┘
 *
 * A search for the anchor narrows with every answer, offset 0 needs no proof, and the number of requests has a bound,
 * so a walk ends whatever the server answers.
 */
import { coverageOf, edgeOf, proofEnd, proofOf } from "./coverage.ts";
import type { Coverage, Edge, Proof } from "./coverage.ts";
import { START, OVERLAP_MIN, cursorAt, isProven, isReached, learnOverlap, overlapNeeded } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { endsList, isPlaced, isShort } from "./page.ts";
import type { Listed, Page } from "./page.ts";

export interface Walk {
  readonly cursor: Cursor;
  /** Offset of the next request. */
  readonly nextOffset: number;
  /** Rows before the cursor to ask for at least, as learned from how far the list slid between two answers. */
  readonly overlap: number;
  /** Where the anchor must be, as the answers that missed it have told. */
  readonly bracket: Bracket;
  /** Pages accepted so far. */
  readonly pages: number;
  /** Last `total` the server gave, rows; null before the first answer. */
  readonly total: number | null;
  readonly edge: Edge | null;
  /** Proven pages in a row that were short of `total` and brought nothing. */
  readonly stalledPages: number;
  readonly requests: number;
  readonly requestsMax: number;
}

/** Bounds of the number of rows that sort before the anchor, inclusive. */
interface Bracket {
  readonly from: number;
  readonly to: number;
}

export type Verification<Row extends Listed> =
  | { readonly kind: "realigned"; readonly walk: Walk }
  | {
      readonly kind: "accepted";
      readonly walk: Walk;
      readonly page: Page<Row>;
      readonly coverage: Coverage;
      /** The overlap with which this page would have been proven at the first try. */
      readonly overlapNeeded: number;
      /** `proven`: a short page that reaches `total`. `unconfirmed`: short again and again, though `total` says more. */
      readonly end: "proven" | "unconfirmed" | null;
    }
  | { readonly kind: "exhausted"; readonly walk: Walk };

const ANYWHERE: Bracket = { from: 0, to: Infinity };
/** Short pages in a row that must repeat themselves before a `total` that says more is not believed. */
const STALLED_PAGES_MAX = 3;
/** A walk may need every page several times while the list slides; past this it is the server that does not end. */
const REQUESTS_PER_PAGE_MAX = 8;
const REQUESTS_SLACK = 100;
const REQUESTS_MAX = 1_000_000;

/**
 * Begins or resumes at a cursor. `overlap` is what earlier walks from a resume cursor needed; `total` how long the list
 * was when the cursor was stored, if known.
 */
export function beginWalk(cursor = START, overlap = OVERLAP_MIN, total: number | null = null): Walk {
  return {
    cursor,
    nextOffset: cursor.anchor === null ? 0 : Math.max(0, cursor.offset - overlap),
    overlap,
    bracket: ANYWHERE,
    total,
    pages: 0,
    edge: null,
    stalledPages: 0,
    requests: 0,
    requestsMax: REQUESTS_SLACK,
  };
}

/** Judges the answer to `walk.nextOffset`. */
export function verifyPage<Row extends Listed>(before: Walk, page: Page<Row>): Verification<Row> {
  const walk = countRequest(before, page);
  if (walk.requests > walk.requestsMax) return { kind: "exhausted", walk };
  if (!isProven(walk.cursor, page)) return { kind: "realigned", walk: askEarlier(walk, page) };
  const later = isReached(walk.cursor, page) || isShort(page) ? null : askLater(walk, page);
  return later === null ? accept(walk, page) : { kind: "realigned", walk: later };
}

function accept<Row extends Listed>(walk: Walk, page: Page<Row>): Verification<Row> {
  const cursor = cursorAfter(walk.cursor, page);
  const needed = overlapNeeded(walk.cursor, page);
  // How far the list slid since the last tick says nothing about how far it slides between two pages.
  const overlap = walk.pages === 0 ? OVERLAP_MIN : learnOverlap(walk.overlap, needed, page.limit);
  const { end, stalledPages } = endOf(walk, page, cursor);
  const proof = proofOf(walk.edge, page);
  return {
    kind: "accepted",
    page,
    overlapNeeded: needed,
    end,
    coverage: coverageOf(walk.edge, page, proof),
    walk: {
      ...walk,
      cursor,
      overlap,
      bracket: ANYWHERE,
      stalledPages,
      pages: walk.pages + 1,
      total: page.total,
      nextOffset: Math.max(0, cursor.offset - overlapAfter(cursor, overlap, page, proof)),
      edge: edgeOf(walk.edge, page, proof),
    },
  };
}

/** The end is where the list ends, or where short pages repeat themselves though `total` says more. */
function endOf(
  walk: Walk,
  page: Page,
  cursor: Cursor,
): { end: "proven" | "unconfirmed" | null; stalledPages: number } {
  if (endsList(page)) return { end: "proven", stalledPages: 0 };
  const isStalled = isShort(page) && cursor.anchor?.id === walk.cursor.anchor?.id;
  const stalledPages = isStalled ? walk.stalledPages + 1 : 0;
  return { end: stalledPages >= STALLED_PAGES_MAX ? "unconfirmed" : null, stalledPages };
}

function cursorAfter(cursor: Cursor, page: Page): Cursor {
  const last = page.rows.findLastIndex(isPlaced);
  const row = page.rows[last];
  if (row && isPlaced(row)) return cursorAt(page, last, row);
  return page.offset === 0 ? START : cursor;
}

/**
 * Rows to ask for again before the next page: what was learned, and so many that the next page confirms a row before the
 * whole group of ties at which this one's proof ends; at most half a page, so that it also brings something.
 */
function overlapAfter(cursor: Cursor, overlap: number, page: Page, proof: Proof): number {
  const end = proofEnd(page, proof);
  const lastBefore = page.rows.findLastIndex((row) => isPlaced(row) && row.createdAt < end);
  const ties = cursor.offset - page.offset - lastBefore + 1;
  return Math.max(1, Math.min(Math.max(overlap, ties), Math.floor(page.rows.length / 2)));
}

/**
 * Inside the bracket if there is one. Else by what `total` lost since it was last seen, where that is more than was asked
 * for; else by half a page, and twice as far each time: a page shows the anchor wherever in it that is.
 */
function askEarlier(walk: Walk, page: Page): Walk {
  const { cursor, bracket } = walk;
  // What a page has just disproved was told by one from before the list moved.
  const from = bracket.from > page.offset ? 0 : bracket.from;
  const to = Math.min(bracket.to, page.offset + 1);
  const lost = Math.max(0, (walk.total ?? 0) - page.total, cursor.offset - page.total);
  const byTotal = cursor.offset - lost - OVERLAP_MIN;
  const step = bracket.to > to && bracket.to < Infinity ? 2 * (bracket.to - to) : Math.floor(page.limit / 2);
  const earlier = byTotal < page.offset ? byTotal : page.offset - Math.max(1, step);
  const nextOffset = from > 0 ? between({ from, to }, page.limit) : Math.max(0, earlier);
  return { ...walk, bracket: { from, to }, nextOffset, total: page.total };
}

/**
 * A page that ends before the anchor brings nothing that is not known: the walk leaps to where the anchor was last seen,
 * or halves the bracket. Null where that is no gain over reading on from the page's end.
 */
function askLater(walk: Walk, page: Page): Walk | null {
  const end = page.offset + page.rows.length;
  const { to } = walk.bracket;
  if (to < end) return null;
  const bracket = { from: Math.max(walk.bracket.from, end), to };
  const nextOffset =
    to === Infinity ? Math.max(walk.cursor.offset - OVERLAP_MIN, end - 1) : between(bracket, page.limit);
  const isNew = nextOffset > page.offset && nextOffset + 1 < to;
  return isNew && page.rows.length > 1 ? { ...walk, bracket, nextOffset, total: page.total } : null;
}

/** A page that begins two rows before the anchor and shows its place, where one page can; else one in the middle. */
function between({ from, to }: Bracket, limit: number): number {
  const isNarrow = to - from < limit - 2;
  return Math.max(0, isNarrow ? from - 2 : Math.floor((from + to) / 2) - 1);
}

function countRequest(walk: Walk, page: Page): Walk {
  const pages = Math.ceil(page.total / Math.max(1, page.limit));
  const requestsMax = Math.min(REQUESTS_MAX, REQUESTS_SLACK + REQUESTS_PER_PAGE_MAX * pages);
  return { ...walk, requests: walk.requests + 1, requestsMax: Math.max(walk.requestsMax, requestsMax) };
}
