/**
 * The walk over an offset-paged list that moves under it. Pure: a caller asks the server at `walk.nextOffset` and hands the
 * answer to `step`, which either proves the page contiguous with all that was read before, or asks earlier.
 *
 *         nextOffset             proven: goes on from the page's end
 *      ┌──────────────► page ──────────────────────────────► accepted ──► end of the list
 *      │                  │                                      │
 *      │                  ▼ not proven: something slid left      │
 *      └── earlier ◄── realigned                                 │
 *      └─────────────────────────────────────────────────────────┘
 *
 * Every step moves forward or asks earlier; offset 0 needs no proof, and the number of requests has a bound,
 * so a walk ends whatever the server answers.
 */
import { coverageOf, edgeOf, isSorted } from "./coverage.ts";
import type { Coverage, Edge } from "./coverage.ts";
import { START, OVERLAP_MIN, cursorAt, isProven, learnOverlap, overlapNeeded } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import type { Listed, Page } from "./page.ts";

export interface Walk {
  readonly cursor: Cursor;
  /** Offset of the next request. */
  readonly nextOffset: number;
  /** Rows before the cursor to ask at least, as learned from how far the list slid between two answers. */
  readonly overlap: number;
  /** Pages accepted so far. */
  readonly pages: number;
  /** Last `total` the server told, rows; null before the first answer. */
  readonly total: number | null;
  readonly edge: Edge | null;
  /** Proven pages in a row that were short of `total` and brought nothing. */
  readonly stalledPages: number;
  readonly requests: number;
  readonly requestsMax: number;
}

export type Verification<Row extends Listed> =
  | { readonly kind: "realigned"; readonly walk: Walk }
  | {
      readonly kind: "accepted";
      readonly walk: Walk;
      readonly page: Page<Row>;
      /** What the page proves about rows that are not on it; null where it proves nothing. */
      readonly coverage: Coverage | null;
      readonly sorted: boolean;
      /** The overlap with which this page would have been proven at the first try. */
      readonly overlapNeeded: number;
      /** `proven`: a short page that reaches `total`. `unconfirmed`: short again and again, though `total` says more. */
      readonly end: "proven" | "unconfirmed" | null;
    }
  | { readonly kind: "exhausted"; readonly walk: Walk };

/** Short pages in a row that must repeat themselves before a `total` that says more is not believed. */
const STALLED_PAGES_MAX = 3;
/** A walk may need every page several times while the list slides; past this it is the server that does not end. */
const REQUESTS_PER_PAGE_MAX = 8;
const REQUESTS_SLACK = 100;
const REQUESTS_MAX = 1_000_000;

/**
 * Begins or resumes at a cursor. `overlap` is what earlier walks from a kept cursor needed; `total` how long the list
 * was when the cursor was kept, if known.
 */
export function beginWalk(cursor = START, overlap = OVERLAP_MIN, total: number | null = null): Walk {
  const nextOffset = cursor.anchor === null ? 0 : Math.max(0, cursor.offset - overlap);
  return {
    cursor,
    nextOffset,
    overlap,
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
  return isProven(walk.cursor, page) ? accept(walk, page) : { kind: "realigned", walk: realign(walk, page) };
}

function accept<Row extends Listed>(walk: Walk, page: Page<Row>): Verification<Row> {
  const sorted = isSorted(page);
  const cursor = cursorAfter(walk.cursor, page);
  const needed = overlapNeeded(walk.cursor, page);
  // How far the list slid since the last tick says nothing about how far it slides between two pages.
  const overlap = walk.pages === 0 ? OVERLAP_MIN : learnOverlap(walk.overlap, needed);
  const { end, stalledPages } = endOf(walk, page, cursor);
  return {
    kind: "accepted",
    page,
    sorted,
    overlapNeeded: needed,
    end,
    coverage: sorted ? coverageOf(walk.edge, page, end === "proven") : null,
    walk: {
      ...walk,
      cursor,
      overlap,
      stalledPages,
      pages: walk.pages + 1,
      total: page.total,
      nextOffset: Math.max(0, cursor.offset - overlapAfter(cursor, overlap, page)),
      edge: sorted ? edgeOf(walk.edge, page) : null,
    },
  };
}

/** `total` alone is not trusted, it lags: the end is a short page that reaches it, or short pages that repeat themselves. */
function endOf(
  walk: Walk,
  page: Page,
  cursor: Cursor,
): { end: "proven" | "unconfirmed" | null; stalledPages: number } {
  const isShort = page.rows.length < page.limit;
  if (isShort && page.offset + page.rows.length >= page.total) return { end: "proven", stalledPages: 0 };
  const brings = cursor.anchor?.id !== walk.cursor.anchor?.id;
  const stalledPages = isShort && !brings ? walk.stalledPages + 1 : 0;
  return { end: stalledPages >= STALLED_PAGES_MAX ? "unconfirmed" : null, stalledPages };
}

function cursorAfter(cursor: Cursor, page: Page): Cursor {
  const last = page.rows.findLastIndex((row) => row !== null);
  const row = page.rows[last];
  if (row) return cursorAt(page, last, row);
  return page.offset === 0 ? START : cursor;
}

/**
 * Rows to ask again before the next page: what was learned, and the whole group of ties at the page's end, so that
 * the next page begins strictly before it; at most half a page, so that it also brings something.
 */
function overlapAfter(cursor: Cursor, overlap: number, page: Page): number {
  const lastBefore = page.rows.findLastIndex(
    (row) => row !== null && row.createdAt !== cursor.anchor?.createdAt,
  );
  const ties = cursor.offset - page.offset - lastBefore;
  return Math.max(1, Math.min(Math.max(overlap, ties), Math.floor(page.rows.length / 2)));
}

/** Asks earlier: by what `total` lost since it was last seen, at least twice as far as before. */
function realign(walk: Walk, page: Page): Walk {
  const { cursor } = walk;
  const asked = cursor.offset - page.offset;
  const lost = Math.max(0, (walk.total ?? 0) - page.total);
  const beyond = Math.max(0, cursor.offset - page.total);
  const overlap = Math.max(2 * asked, lost + OVERLAP_MIN, beyond + OVERLAP_MIN);
  return { ...walk, nextOffset: Math.max(0, cursor.offset - overlap), total: page.total };
}

function countRequest(walk: Walk, page: Page): Walk {
  const pages = Math.ceil(page.total / Math.max(1, page.limit));
  const requestsMax = Math.min(REQUESTS_MAX, REQUESTS_SLACK + REQUESTS_PER_PAGE_MAX * pages);
  return { ...walk, requests: walk.requests + 1, requestsMax: Math.max(walk.requestsMax, requestsMax) };
}
