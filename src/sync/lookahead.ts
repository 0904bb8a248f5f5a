import type { RequestMeter } from "../apify/client.ts";
import { BodyTooLargeError } from "../apify/errors.ts";
import type { Walk } from "../core/walk.ts";
import { pagesWithin } from "./budget.ts";
import type { PageBudget } from "./budget.ts";
import type { PageOrder, PageTicket } from "./page-order.ts";
import type { Source, SourcePage } from "./source.ts";

export interface LookaheadOptions {
  readonly source: Source;
  readonly order: PageOrder;
  /** The `limit` to ask for, rows. */
  readonly pageSize: number;
  /** Pages that may be under way or waiting at a time, if the budget has room for them. */
  readonly depth: number;
  readonly budget: PageBudget;
  readonly namedOnly: boolean;
  readonly meter: RequestMeter;
  readonly signal: AbortSignal;
}

/** A page that was fetched; the caller accepts or forgets its ticket. */
export interface AheadPage {
  readonly answer: SourcePage;
  readonly ticket: PageTicket;
}

interface Ahead {
  readonly offset: number;
  readonly ticket: PageTicket;
  readonly answer: Promise<SourcePage>;
  readonly abort: AbortController;
  hasArrived: boolean;
}

/** Pages that are asked for one by one, of any size, after one was larger than that. */
const ALONE_PAGES = 20;
/** Pages ahead overlap by this share of a page more than is known to be needed, so that a few ties do not waste them. */
const SLACK = 0.01;

/**
 * Fetches pages ahead of the walk at the offsets where it will probably ask. A guess changes nothing about the proof:
 * only a page that begins at or before the offset the walk asks for is handed out, and the walk judges it as any other.
 * When a guess was wrong, it is thrown away with those behind it.
 *
 * Bytes are bounded for all pages together. Where pages are so large that several would be too much, they are asked for
 * one by one.
 */
export class Lookahead implements AsyncDisposable {
  readonly #options: LookaheadOptions;
  readonly #depth: number;
  readonly #pageBytesMax: number;
  /** Held for a page of any size until the next one is asked for. */
  #large: Disposable | null = null;
  #ahead: Ahead[] = [];
  /** Rows; what the server answered, never what was asked. */
  #limit: number | null = null;
  /** Pages that are still to be asked for one by one. */
  #alone = 0;
  /** Requests that were thrown away and have not ended yet. */
  readonly #leftovers = new Set<Promise<unknown>>();

  constructor(options: LookaheadOptions) {
    this.#options = options;
    const { depth, pageBytesMax } = pagesWithin(options.budget, options.depth);
    this.#depth = depth;
    this.#pageBytesMax = pageBytesMax;
  }

  /** The page for the walk's next step. Its offset is `walk.nextOffset` or, from a guess, a little earlier. */
  async next(walk: Walk): Promise<AheadPage> {
    this.#large?.[Symbol.dispose]();
    if (this.#alone > 0) return this.#nextAlone(walk);
    const {
      offset,
      ticket,
      answer: arriving,
    } = this.#take(walk) ?? this.#fetch(walk.nextOffset, this.#pageBytesMax);
    this.#fill(walk, offset);
    try {
      const answer = await arriving;
      this.#limit = answer.page.limit;
      return { answer, ticket };
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) throw error;
      this.#alone = ALONE_PAGES;
      // So that the first page after those has none behind it.
      this.#limit = null;
      return await this.#nextAlone(walk);
    }
  }

  async #nextAlone(walk: Walk): Promise<AheadPage> {
    this.#drop(this.#ahead);
    await Promise.allSettled(this.#leftovers);
    this.#large = await this.#options.budget.largePages.enter();
    this.#options.signal.throwIfAborted();
    const { ticket, answer } = this.#fetch(walk.nextOffset);
    this.#alone -= 1;
    return { answer: await answer, ticket };
  }

  /** Whether the page for the walk's next step is here already. */
  hasArrived(walk: Walk): boolean {
    return this.#ahead[this.#indexFor(walk)]?.hasArrived ?? false;
  }

  /** Throws away what was asked for, so that it is asked for again. */
  restart(): void {
    this.#drop(this.#ahead);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#large?.[Symbol.dispose]();
    this.#drop(this.#ahead);
    await Promise.allSettled(this.#leftovers);
  }

  #indexFor(walk: Walk): number {
    const fits = ({ offset }: Ahead) =>
      offset <= walk.nextOffset && offset + (this.#limit ?? 0) > walk.cursor.offset;
    return this.#ahead.findIndex(fits);
  }

  #take(walk: Walk): Ahead | undefined {
    const index = this.#indexFor(walk);
    if (index === -1) {
      this.#drop(this.#ahead);
      return undefined;
    }
    const [page, ...later] = this.#ahead.slice(index);
    this.#drop(this.#ahead.slice(0, index));
    this.#ahead = later;
    return page;
  }

  /** Keeps `depth` pages under way up to where the list ends as far as is known. */
  #fill(walk: Walk, from: number): void {
    const limit = this.#limit;
    if (limit === null || walk.total === null) return;
    const stride = limit - walk.overlap - Math.ceil(limit * SLACK);
    if (stride < limit / 2) return;
    let offset = (this.#ahead.at(-1)?.offset ?? from) + stride;
    while (this.#ahead.length < this.#depth - 1 && offset < walk.total) {
      this.#ahead.push(this.#fetch(offset, this.#pageBytesMax));
      offset += stride;
    }
  }

  /** `bodyMax`: bytes; whatever the source takes if it is left out. */
  #fetch(offset: number, bodyMax?: number): Ahead {
    const abort = new AbortController();
    const { source, order, pageSize: limit, namedOnly, meter } = this.#options;
    const signal = AbortSignal.any([abort.signal, this.#options.signal]);
    const ticket = order.expect(source.requestsSent());
    const answer = source.fetchPage({ offset, limit, namedOnly, bodyMax }, meter, signal);
    const page: Ahead = { offset, ticket, answer, abort, hasArrived: false };
    void answer.then(
      () => (page.hasArrived = true),
      // The caller that awaits the page gets the error; a page that nobody awaits may fail silently.
      () => order.forget(ticket),
    );
    return page;
  }

  #drop(pages: readonly Ahead[]): void {
    for (const { abort, answer, ticket } of pages) {
      this.#options.order.forget(ticket);
      abort.abort(new Error("the page ahead is not needed"));
      const leftover = answer.catch(() => {}).finally(() => this.#leftovers.delete(leftover));
      this.#leftovers.add(leftover);
    }
    this.#ahead = this.#ahead.filter((page) => !pages.includes(page));
  }
}
