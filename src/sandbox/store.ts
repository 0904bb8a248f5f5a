import type { Item, Query } from "../apify/contract.ts";
import type { Listing } from "../apify/server.ts";
import type { Clock, Random } from "../core/clock.ts";
import { Bytes, asciiOf } from "./bytes.ts";
import { DatasetWriter } from "./dataset.ts";
import type { Change, StoredDataset } from "./dataset.ts";
import { Delays } from "./delays.ts";
import type { DelayOptions } from "./delays.ts";
import { EVERYTHING, filterOf } from "./filter.ts";
import { idOf, indexOf } from "./id.ts";
import { Order } from "./order.ts";

/** Room for an item; a longer one makes more. */
const ITEM_BYTES = 600;
const COMMA = asciiOf(",");

export interface StoreOptions {
  seed: number;
  clock: Clock;
  dice: Random;
  delays: DelayOptions;
  /** Rows to make room for. */
  capacity: number;
}

/**
 * The datasets of an account: the order of the list and what differs from the seed. A dataset itself is written
 * when it is asked for, so that ten million of them cost 13 bytes each.
 */
export class DatasetStore {
  readonly order: Order;
  readonly delays: Delays;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #writer: DatasetWriter;
  readonly #changes = new Map<number, Change>();

  constructor({ seed, clock, dice, delays, capacity }: StoreOptions) {
    this.#seed = seed;
    this.#clock = clock;
    this.#writer = new DatasetWriter(seed, clock.now());
    this.order = new Order(capacity);
    this.delays = new Delays(delays, dice);
  }

  /** One page as the listing shows it at this moment. */
  page(query: Query, limitMax: number): Listing {
    const now = this.#clock.now();
    this.delays.settle(now, this.order);
    const order = this.delays.seen(this.order);
    const filter = filterOf(query);
    const view = filter === EVERYTHING ? null : order.view(filter);
    const length = view?.length ?? order.length;
    const { offset = 0, desc = false, unnamed = false } = query;
    const limit = Math.min(query.limit === undefined || query.limit === 0 ? limitMax : query.limit, limitMax);
    const end = Math.min(offset + limit, length);
    const items = new Bytes(Math.max(0, end - offset) * ITEM_BYTES);
    for (let place = offset; place < end; place++) {
      const rank = desc ? length - 1 - place : place;
      const row = order.at(view?.[rank] ?? rank);
      if (place > offset) items.raw(COMMA);
      this.#writer.write(items, row, this.delays.shown(row.index, this.#changes.get(row.index)));
    }
    const total = this.delays.total(length, filter, now);
    return { total, offset, limit, desc, unnamed, count: Math.max(0, end - offset), items: items.take() };
  }

  /** All datasets in truth, listed yet or not. */
  truth(query: Query): Item[] {
    const filter = filterOf(query);
    const listed = Array.from({ length: this.order.length }, (_, position) => this.order.at(position));
    return [...listed, ...this.delays.waiting]
      .filter((row) => filter.admits(row.flags))
      .toSorted((one, other) => one.createdAt - other.createdAt)
      .map((row) => this.#itemOf(row));
  }

  /** A listed dataset as JSON, by its id or by `username~name`; null if there is none. */
  find(id: string): string | null {
    const position = this.order.find(this.numberOf(id));
    if (position >= 0) return this.#jsonOf(this.order.at(position));
    if (!id.includes("~")) return null;
    const named = this.truth({}).find(({ username, name }) => `${username}~${name}` === id);
    return named === undefined ? null : JSON.stringify(named);
  }

  /** A new dataset: listed when the lag is over. */
  add(row: StoredDataset): string {
    if (this.delays.postpone(row, this.#clock.now())) return idOf(this.#seed, row.index);
    return this.insert(row);
  }

  /** A row that is listed at once. */
  insert(row: StoredDataset): string {
    this.order.insert(row);
    this.delays.entered(row, this.#clock.now());
    return idOf(this.#seed, row.index);
  }

  /** Removes the rows at these ascending positions for good and returns their ids. */
  remove(positions: readonly number[]): string[] {
    for (const position of positions) this.#changes.delete(this.order.at(position).index);
    return this.take(positions);
  }

  /** Takes the rows at these ascending positions out of the list and returns their ids. */
  take(positions: readonly number[]): string[] {
    const now = this.#clock.now();
    const ids = this.idsAt(positions);
    for (const position of positions) this.delays.left(this.order.at(position), now);
    this.order.remove(positions);
    return ids;
  }

  change(position: number, flags: number, update: (before: Change) => Change): void {
    const row = this.order.at(position);
    if (flags !== row.flags) {
      this.delays.left(row, this.#clock.now());
      this.delays.entered({ ...row, flags }, this.#clock.now());
      this.order.setFlags(position, flags);
    }
    this.#changes.set(row.index, update(this.#changes.get(row.index) ?? {}));
  }

  /** Lets the listing show the counters of now for a while, whatever happens to them. */
  holdCounters(position: number): void {
    const { index } = this.order.at(position);
    this.delays.hide(index, this.#changes.get(index), this.#clock.now());
  }

  idsAt(positions: readonly number[]): string[] {
    return positions.map((position) => idOf(this.#seed, this.order.at(position).index));
  }

  /** Position of a listed dataset. Throws a RangeError when none has this id. */
  positionOf(id: string): number {
    const position = this.order.find(this.numberOf(id));
    if (position < 0) throw new RangeError(`no listed dataset has the id ${id}`);
    return position;
  }

  /** The number an id was made from, or -1. */
  numberOf(id: string): number {
    return indexOf(this.#seed, id) ?? -1;
  }

  #itemOf(row: StoredDataset): Item {
    return JSON.parse(this.#jsonOf(row));
  }

  #jsonOf(row: StoredDataset): string {
    const bytes = new Bytes(ITEM_BYTES);
    this.#writer.write(bytes, row, this.#changes.get(row.index));
    return bytes.take().toString();
  }
}
