import { inDatabase } from "../mirror/database.ts";
import type { Db, Executor } from "../mirror/database.ts";
import { readAccountState } from "./account-state.ts";
import type { AccountState } from "./account-state.ts";
import { OffsetIndex } from "./offset-index.ts";
import type { Queue } from "./queue.ts";
import { readItems } from "./read-page.ts";
import type { PageItems } from "./read-page.ts";
import { ALL_TIME, readRanges, readTouched } from "./read-ranges.ts";
import { EVERYTHING, keyOf } from "./rows.ts";
import type { Filter, View } from "./rows.ts";
import { inSnapshot } from "./snapshot.ts";

/** A page that is asked for. */
export interface ListRequest {
  readonly filter: Filter;
  readonly offset: number;
  readonly limit: number;
  readonly desc: boolean;
}

export interface ListPage extends PageItems {
  /** Rows of the whole list. */
  readonly total: number;
}

interface Indexed {
  readonly index: OffsetIndex;
  /** State of the account that the index is of. */
  readonly writtenAt: string | null;
}

/**
 * The list of an account as it is. Its offset indexes are kept from request to request; what was written since is read
 * anew, and no more than that, so that a page costs about the same wherever it is and however much is being written.
 */
export class LiveList {
  readonly #db: Db;
  readonly #source: string;
  readonly #queue: Queue;
  readonly #indexes = new Map<string, Indexed>();

  constructor(db: Db, source: string, queue: Queue) {
    this.#db = db;
    this.#source = source;
    this.#queue = queue;
  }

  /** The page as of one state of the account, the latest one. Null if the account is not mirrored any more. */
  async page(request: ListRequest): Promise<ListPage | null> {
    const known = this.#indexes.get(keyOf(request.filter));
    if (known !== undefined) {
      const read = () => this.#read(this.#db, known.index, request);
      const page = await inDatabase("read a page of the list", read);
      if (page.state?.writtenAt === known.writtenAt) return page;
    }
    return this.#queue.run(() => this.#readAnew(request));
  }

  #readAnew(request: ListRequest): Promise<ListPage | null> {
    return inSnapshot(this.#db, "read a page of the list", async (tx) => {
      const state = await readAccountState(tx, this.#source);
      if (state === null) return null;
      return this.#read(tx, await this.#bring(tx, request.filter, state), request);
    });
  }

  async #read(db: Executor, index: OffsetIndex, request: ListRequest): Promise<ListPage> {
    const { filter, offset, limit, desc } = request;
    const page = await readItems(db, this.#viewOf(filter), index.locate(offset, limit, desc), desc);
    return { ...page, total: index.total };
  }

  /** The index of a list, brought to the state. */
  async #bring(tx: Executor, filter: Filter, state: AccountState): Promise<OffsetIndex> {
    const known = this.#indexes.get(keyOf(EVERYTHING));
    const all = await this.#update(tx, EVERYTHING, state, known?.index ?? NOTHING);
    // Rows that somebody deleted leave no trace but in their number.
    if (known !== undefined && all.total - state.liveRows !== this.#surplus) {
      this.#indexes.clear();
      return this.#bring(tx, filter, state);
    }
    this.#surplus = all.total - state.liveRows;
    return keyOf(filter) === keyOf(EVERYTHING) ? all : this.#update(tx, filter, state, all);
  }

  /** Rows of the list above the counter of live rows: 0 unless somebody changed the tables. */
  #surplus = 0;

  async #update(
    tx: Executor,
    filter: Filter,
    { writtenAt }: AccountState,
    divided: OffsetIndex,
  ): Promise<OffsetIndex> {
    const known = this.#indexes.get(keyOf(filter));
    if (known !== undefined && known.writtenAt === writtenAt) return known.index;
    const index = await this.#reread(tx, filter, known, writtenAt, divided);
    this.#indexes.set(keyOf(filter), { index, writtenAt });
    return index;
  }

  /** Reads the parts of the list that were written to; `divided`: the list that says where parts begin. */
  async #reread(
    tx: Executor,
    filter: Filter,
    known: Indexed | undefined,
    writtenAt: string | null,
    divided: OffsetIndex,
  ): Promise<OffsetIndex> {
    const view = this.#viewOf(filter);
    const whole = async () => new OffsetIndex(await readRanges(tx, view, ALL_TIME));
    const since = known?.writtenAt ?? null;
    // A database that was restored may be in an earlier state than the one that was seen.
    if (known === undefined || since === null || writtenAt === null || writtenAt < since) return whole();
    const bounds = divided.ranges.map(({ from }) => from);
    const spans = known.index.cover(await readTouched(tx, this.#source, since, bounds));
    if (spans.length > SPANS_MAX) return whole();
    let { index } = known;
    for (const span of spans) index = index.replace(span, await readRanges(tx, view, span));
    return index;
  }

  #viewOf(filter: Filter): View {
    return { source: this.#source, filter, asOf: null };
  }
}

/** Above this, reading the whole list takes less than as many statements. */
const SPANS_MAX = 50;
const NOTHING = new OffsetIndex([]);
