import type { Coverage } from "../core/coverage.ts";
import type { Cursor } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import type { Rejected } from "./rejected.ts";
import type { Row } from "./row.ts";

/** Verified pages that are committed together, and everything that becomes true with them. */
export interface Batch {
  /** Pages of this run that were committed before: recognizes a transaction whose answer was lost. */
  readonly pagesBefore: number;
  readonly pages: number;
  /** As they came: what two pages show is there twice, and counts as unchanged the second time. */
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** Ids that are listed besides those of `rows`: rejected items, and what a page asked for later has shown. */
  readonly alsoListed: readonly string[];
  /** Items on the pages, rejected ones included. */
  readonly count: number;
  readonly coverages: readonly Coverage[];
  /** Rows created later (milliseconds since the epoch) are too young to be absent: the listing may not show them yet. */
  readonly settledBefore: number;
  /** Where to resume behind these pages; null for pages that move no cursor. */
  readonly resume: ResumePoint | null;
  /** Length of the list as the last page gives it; null for pages of another list. */
  readonly total: number | null;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  /** Pages that were read to find what is gone. */
  readonly reconciled: number;
  readonly traffic: Traffic;
}

export interface ResumePoint {
  readonly cursor: Cursor;
  readonly overlap: number;
  /** Listed items up to the cursor's anchor that cannot be mirrored. */
  readonly rejected: number;
}

/** What the run has asked of the server so far. */
export interface Traffic {
  readonly requests: number;
  readonly throttled: number;
  readonly throttledMs: number;
  readonly retried: number;
  readonly realigned: number;
}

/** What the run has done to the mirror so far. */
export interface Progress {
  readonly pages: number;
  readonly count: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly missing: number;
  readonly removed: number;
  readonly rejected: number;
  readonly reconciled: number;
}

/** What a batch has done to the mirror, in rows. */
export interface Written {
  readonly inserted: number;
  readonly updated: number;
  /** Rows that were missing and are listed again. */
  readonly returned: number;
  readonly unchanged: number;
  readonly missing: number;
  readonly removed: number;
}

/** What was committed is not there any more: the database came back, or is another one now, with an older state. */
export class PagesLostError extends OperatorError {
  override name = "PagesLostError";

  constructor(pages: number) {
    super(`the database has lost ${pages} committed pages of this run`, {
      hint: "It crashed, or a replica that was behind took over. The next run reads them again.",
    });
  }
}
