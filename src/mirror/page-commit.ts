import type { Coverage } from "../core/coverage.ts";
import type { Cursor } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import type { Rejected } from "./rejected.ts";
import type { Row } from "./row.ts";

/** A proven page, or several in a row that had all arrived, and everything that becomes true with them. */
export interface PageCommit {
  /** Pages of this run that were committed before: tells a transaction that was committed although its answer was lost. */
  readonly pagesBefore: number;
  /** Pages of the list. */
  readonly pages: number;
  /** As they came: what two pages show is there twice, and counts as unchanged the second time. */
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** Ids that are listed although their item was rejected: not absent. */
  readonly rejectedIds: readonly string[];
  /** Items on the pages, rejected ones included. */
  readonly count: number;
  /** What the pages prove about rows that are on none of them; empty where they prove nothing. */
  readonly coverages: readonly Coverage[];
  /** Where this run's walk stands behind them. */
  readonly cursor: Cursor;
  readonly overlap: number;
  /** A full pass goes on being able to tell what is absent. */
  readonly provesAbsence: boolean;
  readonly total: number;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  readonly traffic: Traffic;
  /** Milliseconds since the epoch. */
  readonly now: number;
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
  readonly rejected: number;
}

/** What a page has done to the mirror. */
export type Done = Pick<Progress, "inserted" | "updated" | "unchanged" | "missing">;

/** What was committed is not there any more: the database came back, or is another one now, with an older state. */
export class PagesLostError extends OperatorError {
  override name = "PagesLostError";

  constructor(pages: number) {
    super(`the database has lost ${pages} committed pages of this run`, {
      hint: "It crashed, or a replica that was behind took over. The next run reads them again.",
    });
  }
}
