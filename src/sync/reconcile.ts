/**
 * Finds what left the list between the pages that an incremental run reads: it compares the mirror with the list at the
 * place where those pages begin, and asks for pages where the two come apart. What to ask for is decided in core.
 */
import { coverageOf } from "../core/coverage.ts";
import type { Page } from "../core/page.ts";
import { afterRecheck, beginRecheck, recheckOffset, referenceOf } from "../core/recheck.ts";
import {
  afterProbe,
  beginSearch,
  isFullPassCheaper,
  nextProbe,
  remainderAfter,
  splitBy,
  stretchOf,
} from "../core/search.ts";
import type { Part, Search, Split, Stretch } from "../core/search.ts";
import { unexplainedBy } from "../core/shift.ts";
import type { Run } from "../mirror/begin-run.ts";
import type { LiveIndex } from "../mirror/live-index.ts";
import type { ReconcileState } from "../mirror/state.ts";
import { NO_PAGES, addPage } from "./batch.ts";
import { commitPages, reportAnomalies } from "./pass-state.ts";
import type { PassContext, PassState } from "./pass-state.ts";

export interface Reconciled {
  readonly learned: ReconcileState;
  /** Looking for each place would take more requests than reading the whole list. */
  readonly needsFullPass: boolean;
}

/** Missing rows that a run looks for again, at most. */
const REMOVALS_MAX = 20_000;

/** Returns what was learned, null if there was nothing to learn. Throws as the walk does. */
export async function reconcile(
  context: PassContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<Reconciled | null> {
  const { mirror, options } = context;
  const { readFrom } = state;
  const { hints, remainder: before } = run.state.reconcile;
  if (readFrom === null || readFrom.boundary.offset === 0 || options.reconcileRequests === 0) return null;
  const { boundary, rejected, limit } = readFrom;
  const { liveBefore, isRemovalDue } = await mirror.readStanding(run, boundary.createdAt);
  const standing = { liveBefore, offset: boundary.offset, rejected };
  const { unexplained, remainder } = unexplainedBy(standing, before);
  const due = isRemovalDue ? await readDue(context, run) : [];
  if (unexplained === 0 && due.length === 0) {
    return remainder === before ? null : { learned: { hints, remainder }, needsFullPass: false };
  }
  const reconciler = new Reconciler(context, run, state, signal, await mirror.readLiveIndex(run));
  const known = { limit, requestsMax: options.reconcileRequests, hints };
  const begun = beginSearch(boundary, liveBefore - boundary.offset, unexplained, known);
  const search = await reconciler.search(begun);
  await reconciler.recheck(search, due);
  return {
    learned: { hints: search.hints, remainder: remainderAfter(search, remainder) },
    needsFullPass: isFullPassCheaper(search, state.position.walk.total ?? 0),
  };
}

/** Forgets those that are not due any more. */
async function readDue({ mirror, unprovable }: PassContext, run: Run): Promise<number[]> {
  const due = await mirror.readRemovalsDue(run, REMOVALS_MAX);
  const isDue = new Set(due);
  for (const createdAt of unprovable) if (!isDue.has(createdAt)) unprovable.delete(createdAt);
  return due.filter((createdAt) => !unprovable.has(createdAt));
}

class Reconciler {
  readonly #context: PassContext;
  readonly #run: Run;
  readonly #state: PassState;
  readonly #signal: AbortSignal;
  readonly #index: LiveIndex;

  constructor(context: PassContext, run: Run, state: PassState, signal: AbortSignal, index: LiveIndex) {
    this.#context = context;
    this.#run = run;
    this.#state = state;
    this.#signal = signal;
    this.#index = index;
  }

  /** Looks where the mirror and the list come apart. */
  async search(begun: Search): Promise<Search> {
    let search = begun;
    for (let probe = nextProbe(search); probe !== null; probe = nextProbe(search)) {
      const { page, isFind } = await this.#readPage(probe.offset, search.limit);
      const split = splitBy(probe, page);
      const stretches = split === null ? null : await this.#measure(split);
      search = afterProbe(search, probe, stretches, { isFind, limit: page.limit });
    }
    return search;
  }

  async #measure({ left, shown, right }: Split): Promise<Split<Stretch>> {
    const count = async (part: Part | null, isWritten: boolean) => {
      if (part === null) return null;
      const { from, to } = part;
      return stretchOf(part, await this.#index.count(from.createdAt, to.createdAt, isWritten));
    };
    return {
      left: await count(left, false),
      shown: await count(shown, true),
      right: await count(right, false),
    };
  }

  /** Looks again for missing rows whose grace is over, with the requests that the search has left. */
  async recheck({ requests, requestsMax, limit }: Search, due: readonly number[]): Promise<void> {
    let recheck = beginRecheck(due, this.#state.position.walk.total ?? 0);
    for (let left = requestsMax - requests; left > 0; left -= 1) {
      const [row] = recheck.due;
      if (row === undefined) break;
      const offset = recheckOffset(recheck, await this.#rankOf(row), limit);
      const { page } = await this.#readPage(offset, limit);
      recheck = afterRecheck(recheck, page, await this.#rankOf(referenceOf(page)?.createdAt ?? row));
    }
    if (recheck.shown.length === 0) return;
    const left = new Set(await readDue(this.#context, this.#run));
    for (const createdAt of recheck.shown) if (left.has(createdAt)) this.#context.unprovable.add(createdAt);
  }

  #rankOf(createdAt: number): Promise<number> {
    return this.#index.count(-Infinity, createdAt);
  }

  /** Reads a page and commits it; what it proves absent leaves the live list. */
  async #readPage(offset: number, limit: number): Promise<{ readonly page: Page; readonly isFind: boolean }> {
    const { source, order, options } = this.#context;
    const ticket = order.expect(source.requestsSent());
    const request = { offset, limit, namedOnly: false };
    const answer = await source
      .fetchPage(request, this.#state.meter, this.#signal)
      .catch((error: unknown) => {
        order.forget(ticket);
        throw error;
      });
    reportAnomalies(this.#context, this.#run, this.#state, answer);
    const { rows, newerIds } = order.accept(ticket, answer.requestNumber, answer.rows);
    const coverages = [coverageOf(null, answer.page)];
    const settledBefore = answer.serverTime - options.lookbackMs;
    const pages = addPage(NO_PAGES, { answer, rows, newerIds, coverages, settledBefore });
    const before = this.#state.progress;
    const commit = { pages, position: null, reconciled: 1 };
    const after = await commitPages(this.#context, this.#run, this.#state, commit, this.#signal);
    const isFind = after.missing > (before?.missing ?? 0) || after.inserted > (before?.inserted ?? 0);
    return { page: answer.page, isFind };
  }
}
