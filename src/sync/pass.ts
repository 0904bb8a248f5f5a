/**
 * One pass over the list: from where the cursor stands to the end, page by proven page, each committed before the next
 * is judged. Incremental and full passes differ only in where they begin and in what they may conclude.
 */
import type { Clock } from "../core/clock.ts";
import { OVERLAP_MIN, learnOverlap, settle } from "../core/cursor.ts";
import type { Cursor } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import type { Listed } from "../core/page.ts";
import { beginWalk, step } from "../core/walk.ts";
import type { Step, Walk } from "../core/walk.ts";
import type { Run } from "../mirror/begin-run.ts";
import type { Progress, Traffic } from "../mirror/page-commit.ts";
import { Lookahead } from "./lookahead.ts";
import type { SyncObserver } from "./observer.ts";
import type { Mirror, Source, SourcePage, SourceTraffic } from "./ports.ts";

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

/** Where a pass stands; kept up to date for whoever has to close the run after a failure. */
export interface PassState {
  walk: Walk;
  /** Behind the youngest rows: where the next pass, or this one after a stop, goes on. */
  kept: Cursor;
  overlap: number;
  flawless: boolean;
  realigned: number;
  pages: number;
  offsetFrom: number | null;
  end: "proven" | "doubted" | null;
  /** What the run has done to the mirror, as of the last page that was committed. */
  progress: PassProgress | null;
  /** Oddities of the server that this run has told. */
  readonly told: Set<string>;
  /** The source's count when the run began. */
  readonly asked: SourceTraffic;
}

type Accepted = Extract<Step<Listed>, { kind: "accepted" }>;

export function beginPass({ pass, state }: Run, source: Source): PassState {
  const cursor = pass === null ? state.incremental.cursor : pass.cursor;
  const overlap = pass === null ? state.incremental.overlap : OVERLAP_MIN;
  return {
    walk: beginWalk(cursor, overlap, state.remoteTotal),
    kept: cursor,
    overlap: state.incremental.overlap,
    flawless: pass?.flawless ?? true,
    realigned: 0,
    pages: 0,
    offsetFrom: null,
    end: null,
    progress: null,
    told: new Set(),
    asked: source.traffic(),
  };
}

/** Walks to the end of the list, or throws the signal's reason between two pages. `state` is kept up to date. */
export async function walkToEnd(
  context: PassContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<void> {
  const { source, options } = context;
  const { pageSize, maxConcurrency: depth } = options;
  await using ahead = new Lookahead({ source, pageSize, depth, signal });
  while (state.end === null) {
    signal.throwIfAborted();
    const answer = await ahead.next(state.walk);
    state.offsetFrom ??= answer.page.offset;
    for (const oddity of answer.oddities) tellOnce(context, run, state, oddity);
    const judged = step(state.walk, answer.page);
    if (judged.kind === "exhausted") throw new EndlessListError(judged.walk);
    if (judged.kind === "realigned") state.realigned += 1;
    else await commit(context, run, state, judged, answer, signal);
    state.walk = judged.walk;
  }
}

/** Commits a proven page with the cursor it allows. */
async function commit(
  context: PassContext,
  run: Run,
  state: PassState,
  judged: Accepted,
  answer: SourcePage,
  signal: AbortSignal,
): Promise<void> {
  const { page } = judged;
  const now = context.clock.now();
  state.kept = settle(state.kept, page, (answer.serverTime ?? now) - context.options.lookbackMs);
  if (state.pages === 0 && run.kind === "incremental") {
    state.overlap = learnOverlap(state.overlap, judged.overlapNeeded);
  }
  if (!judged.sorted) tellOnce(context, run, state, "rows are not in ascending order of createdAt");
  state.flawless &&= judged.sorted && !page.rows.includes(null);
  const offsetTo = page.offset + page.rows.length;
  const { kept: cursor, overlap, flawless, pages: pagesBefore } = state;
  const { rejected, rejectedIds } = answer;
  const progress = await context.mirror.commitPage(
    run,
    {
      pagesBefore,
      cursor,
      overlap,
      flawless,
      rejected,
      rejectedIds,
      offsetTo,
      now,
      rows: answer.rows,
      count: page.rows.length,
      coverage: judged.coverage,
      total: page.total,
      offsetFrom: state.offsetFrom ?? page.offset,
      traffic: trafficOf(context.source, state),
    },
    signal,
  );
  state.pages += 1;
  state.end = judged.end;
  state.progress = { ...progress, total: page.total, offset: offsetTo };
  context.observer.pageCommitted(run, state.progress);
}

function tellOnce({ observer }: PassContext, run: Run, { told }: PassState, oddity: string): void {
  if (told.has(oddity)) return;
  told.add(oddity);
  observer.oddityMet(run, oddity);
}

/** What this run asked of the server: the source counts since the process began. */
export function trafficOf(source: Source, { asked, realigned }: PassState): Traffic {
  const now = source.traffic();
  return {
    requests: now.requests - asked.requests,
    throttled: now.throttled - asked.throttled,
    throttledMs: Math.round(now.throttledMs - asked.throttledMs),
    retried: now.retried - asked.retried,
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
