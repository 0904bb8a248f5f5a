/**
 * One pass over the list: from the cursor to the end, page by verified page, each committed before the next is judged.
 * The kinds of passes differ only in where they begin and in what they may conclude.
 */
import { OperatorError } from "../core/errors.ts";
import { verifyPage } from "../core/walk.ts";
import type { Walk } from "../core/walk.ts";
import type { Run } from "../mirror/begin-run.ts";
import { BATCH_PAGES_MAX, NO_PAGES, addPage } from "./batch.ts";
import type { Pages } from "./batch.ts";
import { Lookahead } from "./lookahead.ts";
import type { AheadPage } from "./lookahead.ts";
import { commitPages, reportAnomalies, reportOnce } from "./pass-state.ts";
import type { PassContext, PassState } from "./pass-state.ts";
import { judgedUntil, positionAfter, readFromOf } from "./position.ts";
import type { Accepted, PassPosition } from "./position.ts";

/** Walks to the end of the list, or throws the signal's reason between two commits. `state` is kept up to date. */
export async function walkToEnd(
  context: PassContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<void> {
  const { source, order, options } = context;
  const { pageSize, maxConcurrency: depth, budget } = options;
  const { meter } = state;
  const namedOnly = run.kind === "named";
  await using ahead = new Lookahead({ source, order, pageSize, depth, budget, namedOnly, meter, signal });
  while (state.position.end === null) {
    signal.throwIfAborted();
    const { position, pages } = await collect(context, run, state, ahead);
    if (pages.pages > 0) await commitPages(context, run, state, { pages, position, reconciled: 0 }, signal);
    state.position = position;
    if (pages.pages > 0 && position.end === null) await serveOthers(context, run, state, ahead);
  }
}

/** Pages requested earlier would bring back rows that another run has since found missing, so they are requested again. */
async function serveOthers(
  { interrupt }: PassContext,
  run: Run,
  state: PassState,
  ahead: Lookahead,
): Promise<void> {
  const report = await interrupt(run);
  if (report === null) return;
  state.throttledMsElsewhere += report.traffic.throttledMs;
  if ((report.progress?.missing ?? 0) > 0) ahead.restart();
}

/** Takes the next page, and those behind it that have arrived; returns where the pass stands behind them. */
async function collect(
  context: PassContext,
  run: Run,
  state: PassState,
  ahead: Lookahead,
): Promise<{ position: PassPosition; pages: Pages }> {
  let { position } = state;
  let pages = NO_PAGES;
  do {
    const next = await ahead.next(position.walk);
    reportAnomalies(context, run, state, next.answer);
    const verified = verifyPage(position.walk, next.answer.page);
    if (verified.kind !== "accepted") context.order.forget(next.ticket);
    if (verified.kind === "exhausted") {
      // What was proven before is committed first; the walk is at its end the next time, too.
      if (pages.pages > 0) return { position, pages };
      throw new EndlessListError(verified.walk);
    }
    if (verified.kind === "realigned") {
      state.realigned += 1;
      return { position: { ...position, walk: verified.walk }, pages };
    }
    ({ position, pages } = acceptPage(context, run, state, { position, pages, verified, next }));
  } while (position.end === null && pages.pages < BATCH_PAGES_MAX && ahead.hasArrived(position.walk));
  return { position, pages };
}

interface Verified {
  readonly position: PassPosition;
  readonly pages: Pages;
  readonly verified: Accepted;
  readonly next: AheadPage;
}

function acceptPage(
  context: PassContext,
  run: Run,
  state: PassState,
  { position, pages, verified, next: { answer, ticket } }: Verified,
): { position: PassPosition; pages: Pages } {
  const settledBefore = answer.serverTime - context.options.lookbackMs;
  const { coverage } = verified;
  if (coverage.gaps > 0) {
    reportOnce(
      context,
      run,
      state,
      "absence cannot be judged where rows are out of order or have no createdAt",
    );
  }
  const { rows, newerIds } = context.order.accept(ticket, answer.requestNumber, answer.rows);
  const after = positionAfter(position, verified, answer, run.kind, settledBefore);
  state.readFrom ??= readFromOf(position, answer);
  // The list of the named datasets says nothing about the others.
  const coverages = run.kind === "named" ? [] : [coverage];
  const arrival = { answer, rows, newerIds, coverages };
  const judged = { ...arrival, settledBefore: judgedUntil(position, verified, settledBefore) };
  return { position: after, pages: addPage(pages, judged) };
}

/** Whatever was asked for, the answers led nowhere new. */
export class EndlessListError extends OperatorError {
  override name = "EndlessListError";

  constructor({ requests, cursor }: Walk) {
    super(`the list did not end within ${requests} requests; the walk stood at offset ${cursor.offset}`, {
      hint: "The server's pages do not fit together. What was proven is kept; the next pass goes on from there.",
    });
  }
}
