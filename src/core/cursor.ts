import type { Listed, Page } from "./page.ts";

/** The youngest row of which everything listed up to it is known. */
export interface Anchor {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * Where a walk stands. Invariant: every row listed up to and including the anchor has been read;
 * the anchor was last seen at index `offset - 1`. The list moves, so `offset` is a guess and the anchor is the truth.
 */
export interface Cursor {
  readonly offset: number;
  readonly anchor: Anchor | null;
}

/**
 * How many rows before `offset` to ask at least: the anchor and the row before it. When the page begins strictly before the anchor's `createdAt`,
 * no order among ties can hide a row from it.
 */
export const OVERLAP_MIN = 2;

export const START: Cursor = { offset: 0, anchor: null };

/** The cursor at row `index` of a page. */
export function cursorAt(page: Page, index: number, row: Listed): Cursor {
  return { offset: page.offset + index + 1, anchor: { id: row.id, createdAt: row.createdAt } };
}

/** The proof of contiguity. Equal `createdAt` without the anchor proves nothing: ties have no promised order. */
export function isProven({ anchor }: Cursor, page: Page): boolean {
  if (page.offset === 0) return true;
  if (anchor === null) return false;
  const first = page.rows.find((row) => row !== null);
  if (!first) return false;
  return first.createdAt < anchor.createdAt || page.rows.some((row) => row !== null && isAnchor(row, anchor));
}

/**
 * The overlap with which one request would have sufficed, had the cursor been asked now: 1 when nothing moved,
 * 1 + n when n rows vanished before the anchor. A page that ends before the anchor was asked further back than a page
 * is long, which tells nothing but that it was too far: 1 as well, or the overlap would feed on itself.
 */
export function overlapNeeded(cursor: Cursor, page: Page): number {
  const { anchor } = cursor;
  if (anchor === null) return 1;
  const isReached = page.rows.some(
    (row) => row !== null && (row.createdAt > anchor.createdAt || isAnchor(row, anchor)),
  );
  if (!isReached) return 1;
  const last = page.rows.findLastIndex(
    (row) => row !== null && (row.createdAt < anchor.createdAt || isAnchor(row, anchor)),
  );
  return cursor.offset - page.offset - last;
}

/** Half as much again as was needed, and slow to forget: a list that slides at an even pace costs one request. */
export function learnOverlap(previous: number, needed: number): number {
  return Math.max(OVERLAP_MIN, Math.ceil(needed * 1.5), Math.floor(previous * 0.75));
}

/** The same dataset at the same place in the order; an id whose `createdAt` changed is no anchor any more. */
export function isAnchor(row: Listed, anchor: Anchor): boolean {
  return row.id === anchor.id && row.createdAt === anchor.createdAt;
}

/**
 * The cursor that may be kept for the next tick: the last row of the page before the first young one
 * (younger than `olderThan`, milliseconds since the epoch), else `kept` as it was. Young rows are read again on
 * every tick, since the listing is eventually consistent and may still grow a row in front of them. Young rows that
 * an earlier page showed may have grown old since, and a row in front of them that was not there to be read: so a page
 * that is not contiguous with `kept` itself does not move it.
 */
export function advanceResumeCursor(kept: Cursor, page: Page, olderThan: number): Cursor {
  if (!isProven(kept, page)) return kept;
  const firstYoung = page.rows.findIndex((row) => row !== null && row.createdAt > olderThan);
  const end = firstYoung === -1 ? page.rows.length : firstYoung;
  for (let index = end - 1; index >= 0; index -= 1) {
    const row = page.rows[index];
    if (row) return cursorAt(page, index, row);
  }
  return page.offset === 0 ? START : kept;
}
