import { isPlaced } from "./page.ts";
import type { Listed, Page } from "./page.ts";

/** The youngest row of which everything listed up to it is known. */
export interface Anchor {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * Where a walk goes on. Invariant: every row listed up to and including the anchor has been read;
 * the anchor was last seen at index `offset - 1`. The list moves, so `offset` is a guess and the anchor is the truth.
 */
export interface Cursor {
  readonly offset: number;
  readonly anchor: Anchor | null;
}

/**
 * How many rows before `offset` to ask for at least. When the page begins strictly before the anchor's `createdAt`, no
 * order among ties can hide a row from it; and two rows before the anchor show where it stands in the list.
 */
export const OVERLAP_MIN = 4;

export const START: Cursor = { offset: 0, anchor: null };

/** The cursor at row `index` of a page. */
export function cursorAt(page: Page, index: number, row: Listed): Cursor {
  return { offset: page.offset + index + 1, anchor: { id: row.id, createdAt: row.createdAt } };
}

/**
 * The proof of contiguity: the page begins before the anchor, or contains it. Two rows must tell that it does, since one
 * may be out of order. Equal `createdAt` without the anchor proves nothing: ties have no promised order.
 */
export function isProven({ anchor }: Cursor, page: Page): boolean {
  if (page.offset === 0) return true;
  if (anchor === null) return false;
  const [first, second] = page.rows.filter(isPlaced);
  const isBefore = (row: Listed | undefined) => row !== undefined && row.createdAt < anchor.createdAt;
  return (isBefore(first) && isBefore(second)) || page.rows.some((row) => isAnchor(row, anchor));
}

/** Whether a page shows the anchor's place: the anchor, one of its ties, or a row behind it. */
export function isReached({ anchor }: Cursor, page: Page): boolean {
  return anchor === null || page.rows.some((row) => isPlaced(row) && row.createdAt >= anchor.createdAt);
}

/** Index of the last row of the page up to the anchor; -1 where every row is behind it. */
export function anchorIndex({ anchor }: Cursor, page: Page): number {
  if (anchor === null) return -1;
  return page.rows.findLastIndex(
    (row) => isAnchor(row, anchor) || (isPlaced(row) && row.createdAt < anchor.createdAt),
  );
}

/**
 * The overlap with which one request would have sufficed, had the cursor been asked for now: 1 when nothing moved,
 * 1 + n when n rows vanished before the anchor. A full page that ends in the anchor's ties does not tell.
 */
export function overlapNeeded(cursor: Cursor, page: Page): number {
  const { anchor } = cursor;
  if (anchor === null) return 1;
  const index = anchorIndex(cursor, page);
  const isShown = page.rows.some(
    (row) => isAnchor(row, anchor) || (row.createdAt ?? -Infinity) > anchor.createdAt,
  );
  return isShown || page.rows.length < page.limit ? cursor.offset - page.offset - index : 1;
}

/**
 * Half as much again as was needed, and slow to forget: a list that slides at an even pace costs one request. More than
 * a page is kept only as long as it is needed, and asked for with less room: each page before the anchor that was
 * asked for without need is a request.
 */
export function learnOverlap(previous: number, needed: number, limit: number): number {
  if (needed >= limit) return needed + Math.floor(limit / 4);
  const remembered = Math.floor(Math.min(previous, limit) * 0.75);
  return Math.max(OVERLAP_MIN, Math.min(Math.ceil(needed * 1.5), limit - 1), remembered);
}

/** The same dataset at the same place in the order; an id whose `createdAt` changed is no anchor any more. */
export function isAnchor(row: { id: string | null; createdAt: number | null }, anchor: Anchor): boolean {
  return row.id === anchor.id && row.createdAt === anchor.createdAt;
}

/**
 * The cursor to resume from at the next tick: the last row of the page before the first one created after `olderThan`
 * (milliseconds since the epoch), else `cursor` as it was. Young rows are read again on every tick: the listing is
 * eventually consistent, and a row may still appear in front of them. A row that an earlier page showed as young may
 * be old by now, with a late one in front of it; so a page that is not contiguous with `cursor` itself does not move it.
 */
export function advanceResumeCursor(cursor: Cursor, page: Page, olderThan: number): Cursor {
  if (!isProven(cursor, page)) return cursor;
  const firstYoung = page.rows.findIndex((row) => isPlaced(row) && row.createdAt > olderThan);
  const end = firstYoung === -1 ? page.rows.length : firstYoung;
  for (let index = end - 1; index >= 0; index -= 1) {
    const row = page.rows[index];
    if (row && isPlaced(row)) return cursorAt(page, index, row);
  }
  return page.offset === 0 ? START : cursor;
}
