/**
 * Verified pages in a row that are committed together. Where pages arrive faster than they are committed, the next ones
 * are here already, and share the waits of one transaction; where they come one by one, each is committed as it comes.
 */
import { advanceResumeCursor, anchorIndex, learnOverlap } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import type { Listed } from "../core/page.ts";
import type { Verification, Walk } from "../core/walk.ts";
import type { Kind } from "../mirror/begin-run.ts";
import type { Batch } from "../mirror/batch.ts";
import type { Row } from "../mirror/row.ts";
import type { SourcePage } from "./source.ts";

/** Pages; a stop waits for so many at most. */
export const BATCH_PAGES_MAX = 4;

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
  readonly end: "proven" | "unconfirmed" | null;
}

/** What pages hold, without where the run stands with them. */
export type Pages = Pick<
  Batch,
  | "rows"
  | "rejected"
  | "alsoListed"
  | "coverages"
  | "count"
  | "settledBefore"
  | "pages"
  | "total"
  | "offsetTo"
>;

export const NO_PAGES: Pages = {
  rows: [],
  rejected: [],
  alsoListed: [],
  coverages: [],
  count: 0,
  settledBefore: Infinity,
  pages: 0,
  total: null,
  offsetTo: 0,
};

/** An accepted page on its way into the mirror. */
export interface Arrival {
  readonly answer: SourcePage;
  /** Its rows, without those that a later request has shown. */
  readonly rows: readonly Row[];
  readonly newerIds: readonly string[];
  readonly coverages: Batch["coverages"];
  /** Milliseconds since the epoch: rows created later are young. */
  readonly settledBefore: number;
}

export function addPage(pages: Pages, { answer, rows, newerIds, coverages, settledBefore }: Arrival): Pages {
  const { page, rejected } = answer;
  const rejectedIds = rejected.flatMap(({ id }) => (id === null ? [] : [id]));
  // Those that a later request has shown are counted there.
  const superseded = answer.rows.length - rows.length;
  return {
    rows: [...pages.rows, ...rows],
    rejected: [...pages.rejected, ...rejected],
    alsoListed: [...pages.alsoListed, ...rejectedIds, ...newerIds],
    coverages: [...pages.coverages, ...coverages],
    count: pages.count + page.rows.length - superseded,
    settledBefore: Math.min(pages.settledBefore, settledBefore),
    pages: pages.pages + 1,
    total: page.total,
    offsetTo: page.offset + page.rows.length,
  };
}

export function positionAfter(
  position: PassPosition,
  { walk, page, end, overlapNeeded }: Accepted,
  answer: SourcePage,
  kind: Kind,
  settledBefore: number,
): PassPosition {
  const learns = position.pages === 0 && kind === "incremental";
  const resumeCursor = advanceResumeCursor(position.resumeCursor, page, settledBefore);
  const passed = rejectedBetween(position.resumeCursor, resumeCursor, answer);
  return {
    walk,
    resumeCursor,
    rejected: resumeCursor.anchor === null ? 0 : position.rejected + passed,
    overlap: learns ? learnOverlap(position.overlap, overlapNeeded, page.limit) : position.overlap,
    pages: position.pages + 1,
    end,
  };
}

/** Rejected items of a page that lie behind one cursor's anchor and not behind the next one's. */
export function rejectedBetween(from: Cursor, to: Cursor, { page, rejected }: SourcePage): number {
  if (from === to) return 0;
  const first = page.offset + anchorIndex(from, page) + 1;
  return rejected.filter(({ offset }) => offset >= first && offset < to.offset).length;
}
