/**
 * Verified pages in a row that are committed together. Where pages arrive faster than they are committed, the next ones
 * are here already, and share the waits of one transaction; where they come one by one, each is committed as it comes.
 */
import type { Batch } from "../mirror/batch.ts";
import type { Row } from "../mirror/row.ts";
import type { SourcePage } from "./source.ts";

/** Pages; a stop waits for so many at most. */
export const BATCH_PAGES_MAX = 4;

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
