/** The two ports of a pass: where pages come from and where they go. */
import type { Held, Run, RunRequest } from "../mirror/begin-run.ts";
import type { PageCommit, Progress, Traffic } from "../mirror/page-commit.ts";
import type { Ending, Outcome } from "../mirror/end-run.ts";
import type { Lease } from "../mirror/lease.ts";
import type { Rejected } from "../mirror/rejected.ts";
import type { Row } from "../mirror/row.ts";
import type { Page } from "../core/page.ts";

/** An answer of the server, judged item by item. */
export interface SourcePage {
  /** What the walk judges; a rejected item keeps its place where it has an id and a createdAt. */
  readonly page: Page;
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** Ids of rejected items that have one: they are listed. */
  readonly rejectedIds: readonly string[];
  /** When it was answered; milliseconds since the epoch by the server's clock, or ours if that cannot be had. */
  readonly serverTime: number;
  /** What was asked for later has a larger one. */
  readonly requestNumber: number;
  /** What is odd about the answer; survived, and worth one warning a run. */
  readonly anomalies: readonly string[];
  readonly bytes: number;
}

export interface Source {
  /** Throws OperatorError when the page cannot be had, the signal's reason when aborted. */
  fetchPage(request: { offset: number; limit: number }, signal: AbortSignal): Promise<SourcePage>;
  /** What was asked of the server since the process began. */
  traffic(): SourceTraffic;
}

export type SourceTraffic = Omit<Traffic, "realigned">;

export interface Mirror {
  beginRun(request: RunRequest): Promise<Run | Held>;
  /** Atomic. Throws LeaseLostError, or DatabaseError once its retries are used up. */
  commitPage(run: Run, page: PageCommit, signal: AbortSignal): Promise<Progress>;
  endRun(run: Run, ending: Ending): Promise<Outcome>;
  renewLease(lease: Lease): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;
}
