/**
 * Finds what left the list between the pages that an incremental run reads: it compares the mirror with the list at the
 * place where those pages begin, and asks for pages where the two come apart.
 */
import { coverageOf } from "../core/coverage.ts";
import { afterProbe, beginSearch, firstBoundary, lastBoundary, nextProbe } from "../core/search.ts";
import type { Boundary, Probe, Rest, Search, Stretch } from "../core/search.ts";
import type { Run } from "../mirror/begin-run.ts";
import type { LiveIndex } from "../mirror/live-index.ts";
import type { ReconcileState } from "../mirror/state.ts";
import { NO_PAGES, addPage } from "./batch.ts";
import { commitPages, reportAnomalies } from "./pass-state.ts";
import type { PassContext, PassState, ReadFrom } from "./pass-state.ts";
import type { SourcePage } from "./source.ts";

export interface Reconciled {
  readonly learned: ReconcileState;
  /** Looking for each place would take more requests than reading the whole list. */
  readonly needsFullPass: boolean;
}

/** Offsets that are remembered. */
const HINTS_MAX = 4;
/** Missing rows that a run looks for again, at most. */
const REMOVALS_MAX = 20_000;

/** Returns what was learned, null if there was nothing to look for. Throws as the walk does. */
export async function reconcile(
  context: PassContext,
  run: Run,
  state: PassState,
  signal: AbortSignal,
): Promise<Reconciled | null> {
  const { readFrom } = state;
  if (readFrom === null || readFrom.boundary.offset === 0 || context.options.reconcileRequests === 0)
    return null;
  const { boundary, rejected } = readFrom;
  const { liveBefore, isRemovalDue } = await context.mirror.readStanding(run, boundary.createdAt);
  const growth = liveBefore - boundary.offset;
  const unexplained = growth + rejected - run.state.reconcile.remainder;
  if (unexplained === 0 && !isRemovalDue) return null;
  const reconciler = new Reconciler(context, run, state, signal, await context.mirror.readLiveIndex(run));
  const needsFullPass = await reconciler.findShifts(readFrom, growth, unexplained);
  if (isRemovalDue) await reconciler.confirmRemovals();
  return { learned: reconciler.learned, needsFullPass };
}

class Reconciler {
  readonly #context: PassContext;
  readonly #run: Run;
  readonly #state: PassState;
  readonly #signal: AbortSignal;
  readonly #index: LiveIndex;
  /** Rows a page has, as the server answered last. */
  #limit: number;
  #left: number;
  #hints: readonly number[];
  #remainder: number;

  constructor(context: PassContext, run: Run, state: PassState, signal: AbortSignal, index: LiveIndex) {
    this.#context = context;
    this.#run = run;
    this.#state = state;
    this.#signal = signal;
    this.#index = index;
    this.#limit = context.options.pageSize;
    this.#left = context.options.reconcileRequests;
    this.#hints = run.state.reconcile.hints;
    this.#remainder = run.state.reconcile.remainder;
  }

  get learned(): ReconcileState {
    return { hints: this.#hints, remainder: this.#remainder };
  }

  /** Looks where the mirror and the list come apart; true if that is in too many places. */
  async findShifts({ boundary }: ReadFrom, growth: number, unexplained: number): Promise<boolean> {
    let search = beginSearch(boundary, growth, unexplained);
    const asked = this.#left;
    while (search.unexplained !== 0) {
      const probe = nextProbe(search, this.#limit, this.#hints);
      if (probe === null) {
        // Everything was looked at: what remains is not searched for again until it changes.
        this.#remainder += search.unexplained;
        return false;
      }
      if (this.#left === 0) return this.#isFullPassCheaper(unexplained, search, asked);
      search = await this.#explore(search, probe);
    }
    return false;
  }

  /** By what a request has found on average so far. */
  #isFullPassCheaper(before: number, search: Search, requests: number): boolean {
    const found = Math.max(1, Math.abs(before) - Math.abs(search.unexplained));
    const estimated = (Math.abs(search.unexplained) * requests) / found;
    return estimated > (this.#state.position.walk.total ?? 0) / this.#limit;
  }

  async #explore(search: Search, probe: Probe): Promise<Search> {
    const page = await this.#readPage(probe.offset);
    return afterProbe(search, probe, await this.#restOf(probe.stretch, page));
  }

  async #restOf({ from, to }: Stretch, { page }: SourcePage): Promise<Rest> {
    const first = firstBoundary(page);
    const last = lastBoundary(page);
    const isInside =
      first !== null && last !== null && first.createdAt < to.createdAt && last.createdAt > from.createdAt;
    if (!isInside) return { left: null, right: null };
    return { left: await this.#stretch(from, first), right: await this.#stretch(last, to) };
  }

  async #stretch(from: Boundary, to: Boundary): Promise<Stretch | null> {
    if (from.createdAt >= to.createdAt) return null;
    const live = await this.#index.count(from.createdAt, to.createdAt);
    return { from, to, growth: live - Math.max(0, to.offset - from.offset) };
  }

  /** Reads a page and commits it; what it proves absent leaves the live list. */
  async #readPage(offset: number): Promise<SourcePage> {
    const { source, order, options } = this.#context;
    this.#left -= 1;
    const ticket = order.expect(source.requestsSent());
    const request = { offset, limit: this.#limit, namedOnly: false };
    const answer = await source
      .fetchPage(request, this.#state.meter, this.#signal)
      .catch((error: unknown) => {
        order.forget(ticket);
        throw error;
      });
    this.#limit = answer.page.limit;
    reportAnomalies(this.#context, this.#run, this.#state, answer);
    const { rows, newerIds } = order.accept(ticket, answer.requestNumber, answer.rows);
    const coverages = [coverageOf(null, answer.page, false)];
    const settledBefore = answer.serverTime - options.lookbackMs;
    const pages = addPage(NO_PAGES, { answer, rows, newerIds, coverages, settledBefore });
    const before = this.#state.progress;
    const commit = { pages, position: null, reconciled: 1 };
    const after = await commitPages(this.#context, this.#run, this.#state, commit, this.#signal);
    const isFind = after.missing > (before?.missing ?? 0) || after.inserted > (before?.inserted ?? 0);
    if (isFind) this.#remember(offset + Math.floor(this.#limit / 2));
    return answer;
  }

  #remember(place: number): void {
    const others = this.#hints.filter((hint) => Math.abs(hint - place) > this.#limit / 2);
    this.#hints = [place, ...others].slice(0, HINTS_MAX);
  }

  /** Looks again for missing rows whose grace is over, many with one page. */
  async confirmRemovals(): Promise<void> {
    let due = await this.#context.mirror.readRemovalsDue(this.#run, REMOVALS_MAX);
    while (this.#left > 0) {
      const [oldest] = due;
      if (oldest === undefined) return;
      const place = await this.#index.placeOf(oldest);
      const { page } = await this.#readPage(Math.max(0, place - Math.floor(this.#limit / 10)));
      const shownTo = lastBoundary(page)?.createdAt ?? oldest;
      // A page may miss the row if the list slid; the next run looks for it again.
      due = due.filter((createdAt) => createdAt > Math.max(shownTo, oldest));
    }
  }
}
