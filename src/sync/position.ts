/** How far a pass has come, and what of the list it has read. */
import { advanceResumeCursor, anchorIndex, learnOverlap } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import { isPlaced } from "../core/page.ts";
import type { Listed, Page } from "../core/page.ts";
import { allBoundariesOf } from "../core/search.ts";
import type { Boundary } from "../core/search.ts";
import type { Verification, Walk } from "../core/walk.ts";
import type { Kind } from "../mirror/begin-run.ts";

export type Accepted = Extract<Verification<Listed>, { kind: "accepted" }>;

/** How far a pass has come. */
export interface PassPosition {
  readonly walk: Walk;
  /** Behind the youngest rows: where the next pass, or this one after a stop, goes on. */
  readonly resumeCursor: Cursor;
  /** Listed items up to the resume cursor's anchor that cannot be mirrored. */
  readonly rejected: number;
  readonly overlap: number;
  /** Pages accepted. */
  readonly pages: number;
  /** Milliseconds since the epoch: what was created later was young when the first page was answered. */
  readonly settledFrom: number;
  readonly end: "proven" | "unconfirmed" | null;
}

/** A place at which a run compares the mirror with the list: the list before it was hardly read. */
export interface ReadFrom {
  readonly boundary: Boundary;
  /** Listed items before it that cannot be mirrored. */
  readonly rejected: number;
  /** Rows a page has, as the server answered. */
  readonly limit: number;
}

/** A page with those of its items that cannot be mirrored. */
export interface Answer {
  readonly page: Page;
  readonly rejected: ReadonlyArray<{ readonly offset: number }>;
}

export function positionAfter(
  position: PassPosition,
  { walk, page, end, overlapNeeded }: Accepted,
  answer: Answer,
  kind: Kind,
  settledBefore: number,
): PassPosition {
  const isFirst = position.pages === 0 && kind === "incremental";
  const resumeCursor = advanceResumeCursor(position.resumeCursor, page, settledBefore);
  const passed = rejectedBetween(position.resumeCursor, resumeCursor, answer);
  return {
    walk,
    resumeCursor,
    rejected: resumeCursor.anchor === null ? 0 : position.rejected + passed,
    overlap: isFirst ? nextOverlap(position.overlap, overlapNeeded, page) : position.overlap,
    pages: position.pages + 1,
    settledFrom: position.pages === 0 ? settledBefore : position.settledFrom,
    end,
  };
}

/**
 * Rows created later are too young for a page to prove them absent. Ties are proven by several pages together: a row may
 * have been listed among them after the first of these pages, and before the last one.
 */
export function judgedUntil(
  { pages, settledFrom }: PassPosition,
  { coverage }: Accepted,
  settledBefore: number,
): number {
  const isOfPages = pages > 0 && coverage.alsoSeen.length > 0;
  return isOfPages ? Math.min(settledBefore, settledFrom) : settledBefore;
}

/** A page that shows no place, since it holds ties only, does not tell where it stands: the next run asks earlier. */
function nextOverlap(overlap: number, needed: number, page: Page): number {
  const learned = learnOverlap(overlap, needed, page.limit);
  if (allBoundariesOf(page).length > 0) return learned;
  return Math.max(learned, Math.min(2 * overlap, Math.floor(page.limit / 2)));
}

/** Rejected items of a page that lie behind one cursor's anchor and not behind the next one's. */
function rejectedBetween(from: Cursor, to: Cursor, { page, rejected }: Answer): number {
  if (from === to) return 0;
  const first = page.offset + anchorIndex(from, page) + 1;
  return rejected.filter(({ offset }) => offset >= first && offset < to.offset).length;
}

/** Null where the run's first page shows no place. */
export function readFromOf(
  { resumeCursor, rejected, pages }: PassPosition,
  { page, rejected: shown }: Answer,
): ReadFrom | null {
  const places = allBoundariesOf(page);
  const anchoredAt = resumeCursor.anchor?.createdAt ?? -Infinity;
  // As near as possible to the anchor: that stays where it is while nothing moves, whatever the overlap.
  const atAnchor = places.findLast(({ createdAt }) => createdAt <= anchoredAt);
  const boundary = atAnchor ?? places.at(0) ?? (pages === 0 ? firstPlaceOf(page) : null);
  if (boundary === null) return null;
  const end = page.offset + anchorIndex(resumeCursor, page);
  const behind = shown.filter(({ offset }) => offset >= boundary.offset && offset <= end).length;
  return { boundary, rejected: Math.max(0, rejected - behind), limit: page.limit };
}

/** A page that slid until the anchor alone is left of it shows no place between two rows: that row has to do. */
function firstPlaceOf({ offset, rows }: Page): Boundary | null {
  const index = rows.findIndex(isPlaced);
  const createdAt = rows[index]?.createdAt ?? null;
  if (createdAt === null || rows.slice(index + 1).some(isPlaced)) return null;
  return { offset: offset + index, createdAt };
}
