/**
 * Proven pages in a row that are committed together. Where pages arrive faster than they are committed, the next ones are
 * here already, and share the waits of one transaction; where they come one by one, each is committed as it comes.
 */
import type { Coverage } from "../core/coverage.ts";
import { learnOverlap, advanceResumeCursor } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import type { Listed } from "../core/page.ts";
import type { Verification, Walk } from "../core/walk.ts";
import type { Rejected } from "../mirror/rejected.ts";
import type { Row } from "../mirror/row.ts";
import type { SourcePage } from "./ports.ts";

/** Pages; a stop waits for so many at most. */
export const BATCH_PAGES_MAX = 4;

export type Accepted = Extract<Verification<Listed>, { kind: "accepted" }>;

/** Where a pass stands. */
export interface PassPosition {
  readonly walk: Walk;
  /** Behind the youngest rows: where the next pass, or this one after a stop, goes on. */
  readonly resumeCursor: Cursor;
  readonly overlap: number;
  readonly provesAbsence: boolean;
  /** Pages accepted. */
  readonly pages: number;
  readonly end: "proven" | "unconfirmed" | null;
}

/** What the pages of a batch hold. */
export interface Batch {
  readonly rows: Row[];
  readonly rejected: Rejected[];
  readonly rejectedIds: string[];
  readonly coverages: Coverage[];
  count: number;
  /** Rows, as the last page tells it. */
  total: number;
  /** Index behind the last row read. */
  offsetTo: number;
}

export function emptyBatch(): Batch {
  return { rows: [], rejected: [], rejectedIds: [], coverages: [], count: 0, total: 0, offsetTo: 0 };
}

export function addTo(batch: Batch, { page, coverage }: Accepted, answer: SourcePage): void {
  batch.rows.push(...answer.rows);
  batch.rejected.push(...answer.rejected);
  batch.rejectedIds.push(...answer.rejectedIds);
  if (coverage !== null) batch.coverages.push(coverage);
  batch.count += page.rows.length;
  batch.total = page.total;
  batch.offsetTo = page.offset + page.rows.length;
}

/** `settledBefore`: milliseconds since the epoch; rows created later are young. */
export function positionAfter(
  stand: PassPosition,
  { walk, page, sorted, end, overlapNeeded }: Accepted,
  kind: "incremental" | "full",
  settledBefore: number,
): PassPosition {
  const learns = stand.pages === 0 && kind === "incremental";
  return {
    walk,
    resumeCursor: advanceResumeCursor(stand.resumeCursor, page, settledBefore),
    overlap: learns ? learnOverlap(stand.overlap, overlapNeeded) : stand.overlap,
    provesAbsence: stand.provesAbsence && sorted && !page.rows.includes(null),
    pages: stand.pages + 1,
    end,
  };
}
