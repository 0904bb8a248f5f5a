/** A pass under way: what it needs, how far it has come, and how its pages are committed. */
import type { RequestMeter } from "../apify/client.ts";
import type { Clock } from "../core/clock.ts";
import { OVERLAP_MIN, START } from "../core/cursor.ts";
import { isSorted } from "../core/page.ts";
import { beginWalk } from "../core/walk.ts";
import type { Traffic } from "../mirror/batch.ts";
import type { Run } from "../mirror/begin-run.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { Pages } from "./batch.ts";
import type { PageBudget } from "./budget.ts";
import type { SyncObserver } from "./observer.ts";
import type { PageOrder } from "./page-order.ts";
import type { PassPosition, ReadFrom } from "./position.ts";
import type { PassProgress, RunReport } from "./run-report.ts";
import type { Source, SourcePage } from "./source.ts";

export interface PassOptions {
  readonly pageSize: number;
  readonly maxConcurrency: number;
  readonly budget: PageBudget;
  /** Milliseconds a dataset is young: read again at every tick, and not judged absent. */
  readonly lookbackMs: number;
  /** Requests a run may spend on finding what is gone. */
  readonly reconcileRequests: number;
}

export interface PassContext {
  readonly source: Source;
  readonly mirror: Mirror;
  /** Shared by all runs of the account in this process. */
  readonly order: PageOrder;
  /** `createdAt` of missing rows that were looked for again without success; shared the same way. They wait for a full pass. */
  readonly unprovable: Set<number>;
  readonly clock: Clock;
  readonly options: PassOptions;
  readonly observer: SyncObserver;
  /** Called between two commits of a long pass: serves another run that is due, and returns its report. */
  readonly interrupt: (run: Run) => Promise<RunReport | null>;
}

/** A pass under way; kept up to date so that the run can be closed after a failure. */
export interface PassState {
  /** As of the last page that was committed. */
  position: PassPosition;
  realigned: number;
  /** Offset of the run's first request. */
  readonly offsetFrom: number;
  /** What the run has done to the mirror, as of the last page that was committed. */
  progress: PassProgress | null;
  /** Where the pages of this run begin: the list before it was not read. Null while no page has shown a place. */
  readFrom: ReadFrom | null;
  /** Anomalies of the server that this run has reported. */
  readonly reported: Set<string>;
  readonly meter: RequestMeter;
  /** Milliseconds of pauses that are not this run's. */
  throttledMsElsewhere: number;
}

export function beginPass({ kind, pass, state }: Run, source: Source): PassState {
  const { cursor, rejected } =
    kind === "named" ? { cursor: START, rejected: 0 } : (pass ?? state.incremental);
  const overlap = kind === "incremental" ? state.incremental.overlap : OVERLAP_MIN;
  const walk = beginWalk(cursor, overlap, kind === "named" ? null : state.remoteTotal);
  return {
    position: {
      walk,
      resumeCursor: cursor,
      rejected,
      overlap: state.incremental.overlap,
      pages: 0,
      settledFrom: -Infinity,
      end: null,
    },
    realigned: 0,
    offsetFrom: walk.nextOffset,
    progress: null,
    readFrom: null,
    reported: new Set(),
    meter: { requests: 0, throttled: 0, retried: 0 },
    throttledMsElsewhere: source.throttledMs(),
  };
}

export interface Commit {
  readonly pages: Pages;
  /** Where the pass stands behind the pages; null for pages that are no part of its walk. */
  readonly position: PassPosition | null;
  readonly reconciled: number;
}

/** Commits pages with the cursor they allow. */
export async function commitPages(
  { mirror, source, observer }: PassContext,
  run: Run,
  state: PassState,
  { pages, position, reconciled }: Commit,
  signal: AbortSignal,
): Promise<PassProgress> {
  const isMoving = position !== null && run.kind !== "named";
  const batch = {
    ...pages,
    pagesBefore: state.progress?.pages ?? 0,
    resume: isMoving
      ? { cursor: position.resumeCursor, overlap: position.overlap, rejected: position.rejected }
      : null,
    total: isMoving ? pages.total : null,
    offsetFrom: state.offsetFrom,
    reconciled,
    traffic: trafficOf(source, state),
  };
  const committed = await mirror.commitBatch(run, batch, signal);
  const progress = { ...committed, total: pages.total ?? 0, offset: pages.offsetTo };
  state.progress = progress;
  observer.pageCommitted(run, progress);
  return progress;
}

export function reportAnomalies(
  context: PassContext,
  run: Run,
  state: PassState,
  { page, anomalies }: SourcePage,
): void {
  for (const anomaly of anomalies) reportOnce(context, run, state, anomaly);
  if (!isSorted(page)) reportOnce(context, run, state, "rows are not in ascending order of createdAt");
}

export function reportOnce(
  { observer }: PassContext,
  run: Run,
  { reported }: PassState,
  anomaly: string,
): void {
  if (reported.has(anomaly)) return;
  reported.add(anomaly);
  observer.anomalyFound(run, anomaly);
}

export function trafficOf(source: Source, { meter, realigned, throttledMsElsewhere }: PassState): Traffic {
  return { ...meter, throttledMs: Math.round(source.throttledMs() - throttledMsElsewhere), realigned };
}
