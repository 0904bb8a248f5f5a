/**
 * One pass over the list: from where the cursor stands to the end, page by proven page, each committed before the next
 * is judged. Incremental and full passes differ only in where they begin and in what they may conclude.
 */
import type { Clock } from "../core/clock.ts";
import { OVERLAP_MIN } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import { beginWalk, verifyPage } from "../core/walk.ts";
import type { Walk } from "../core/walk.ts";
import type { Run } from "../mirror/begin-run.ts";
import type { Progress, Traffic } from "../mirror/page-commit.ts";
import { BATCH_PAGES_MAX, addTo, emptyBatch, positionAfter } from "./batch.ts";
import type { Batch, PassPosition } from "./batch.ts";
import { Lookahead } from "./lookahead.ts";
import type { SyncObserver } from "./observer.ts";
import type { Mirror, Source, SourceTraffic } from "./ports.ts";

export interface PassOptions {
  readonly pageSize: number;
  readonly maxConcurrency: number;
  /** Milliseconds a dataset stays young and is read again. */
  readonly lookbackMs: number;
}

export interface PassContext {
  readonly source: Source;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly options: PassOptions;
  readonly observer: SyncObserver;
}

export interface PassProgress extends Progress {
  readonly total: number;
  /** Index behind the last row read. */
  readonly offset: number;
}

/** A pass under way; kept up to date for whoever has to close the run after a failure. */
export interface PassState {
  /** As of the last page that was committed. */
  position: PassPosition;
  realigned: number;
  /** Offset of the run's first request. */
  readonly offsetFrom: number;
  /** What the run has done to the mirror, as of the last page that was committed. */
  progress: PassProgress | null;
  /** Oddities of the server that this run has told. */
  readonly reported: Set<string>;
  /** The source's count when the run began. */
  readonly trafficBefore: SourceTraffic;
}

export function beginPass({ pass, state }: Run, source: Source): PassState {
  const cursor = pass === null ? state.incremental.cursor : pass.cursor;
  const overlap = pass === null ? state.incremental.overlap : OVERLAP_MIN;
  const walk = beginWalk(cursor, overlap, state.remoteTotal);
  return {
    position: {
      walk,
      resumeCursor: cursor,
      overlap: state.incremental.overlap,
      provesAbsence: pass?.provesAbsence ?? true,
      pages: 0,
      end: null,
    },
    realigned: 0,
    offsetFrom: walk.nextOffset,
    progress: null,
    reported: new Set(),
    trafficBefore: source.traffic(),
  };
}

/** Walks to the end of the list, or throws the signal's reason between two commits. `state` is kept up to date. */
export async function walkToEnd(
  context: PassContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<void> {
  const { source, options } = context;
  const { pageSize, maxConcurrency: depth } = options;
  await using ahead = new Lookahead({ source, pageSize, depth, signal });
  while (state.position.end === null) {
    signal.throwIfAborted();
    const batch = emptyBatch();
    const stand = await collect(context, run, state, ahead, batch);
    if (stand.pages > state.position.pages) await commit(context, run, state, stand, batch, signal);
    state.position = stand;
  }
}

/** Takes the next page, and those behind it that have arrived, into `batch`; returns where the pass stands behind them. */
async function collect(
  context: PassContext,
  run: Run,
  state: PassState,
  ahead: Lookahead,
  batch: Batch,
): Promise<PassPosition> {
  let { position } = state;
  do {
    const answer = await ahead.next(position.walk);
    for (const oddity of answer.anomalies) reportOnce(context, run, state, oddity);
    const judged = verifyPage(position.walk, answer.page);
    if (judged.kind === "exhausted") {
      // What was proven before is committed first; the walk is at its end the next time, too.
      if (position.pages > state.position.pages) return position;
      throw new EndlessListError(judged.walk);
    }
    if (judged.kind === "realigned") {
      state.realigned += 1;
      return { ...position, walk: judged.walk };
    }
    if (!judged.sorted) reportOnce(context, run, state, "rows are not in ascending order of createdAt");
    position = positionAfter(position, judged, run.kind, answer.serverTime - context.options.lookbackMs);
    addTo(batch, judged, answer);
  } while (
    position.end === null &&
    position.pages - state.position.pages < BATCH_PAGES_MAX &&
    ahead.hasArrived(position.walk)
  );
  return position;
}

/** Commits proven pages with the cursor they allow. */
async function commit(
  { mirror, source, clock, observer }: PassContext,
  run: Run,
  state: PassState,
  stand: PassPosition,
  batch: Batch,
  signal: AbortSignal,
): Promise<void> {
  const { pages: pagesBefore } = state.position;
  const { resumeCursor: cursor, overlap, provesAbsence } = stand;
  const progress = await mirror.commitPage(
    run,
    {
      ...batch,
      ...{ pagesBefore, cursor, overlap, provesAbsence },
      pages: stand.pages - pagesBefore,
      offsetFrom: state.offsetFrom,
      traffic: trafficOf(source, state),
      now: clock.now(),
    },
    signal,
  );
  state.progress = { ...progress, total: batch.total, offset: batch.offsetTo };
  observer.pageCommitted(run, state.progress);
}

function reportOnce({ observer }: PassContext, run: Run, { reported }: PassState, oddity: string): void {
  if (reported.has(oddity)) return;
  reported.add(oddity);
  observer.anomalyFound(run, oddity);
}

/** What this run asked of the server: the source counts since the process began. */
export function trafficOf(source: Source, { trafficBefore, realigned }: PassState): Traffic {
  const now = source.traffic();
  return {
    requests: now.requests - trafficBefore.requests,
    throttled: now.throttled - trafficBefore.throttled,
    throttledMs: Math.round(now.throttledMs - trafficBefore.throttledMs),
    retried: now.retried - trafficBefore.retried,
    realigned,
  };
}

/** Whatever was asked, the answers led nowhere new. */
export class EndlessListError extends OperatorError {
  override name = "EndlessListError";

  constructor({ requests, cursor }: Walk) {
    super(`the list did not end within ${requests} requests; the walk stood at offset ${cursor.offset}`, {
      hint: "The server's pages do not fit together. What was proven is kept; the next pass goes on from there.",
    });
  }
}
