import type { Item, Query, User } from "../apify/contract.ts";
import { LIMIT_MAX } from "../apify/contract.ts";
import type { Listing } from "../apify/server.ts";
import type { Clock, Random } from "../core/clock.ts";
import { hash, seededRandom } from "../core/random.ts";
import { Churn } from "./churn.ts";
import { NAMED, SHARED, ownerOf } from "./dataset.ts";
import type { StoredDataset } from "./dataset.ts";
import type { DelayOptions, Delays } from "./delays.ts";
import { ONLY_SHARED } from "./filter.ts";
import { DatasetStore } from "./store.ts";

export const DAY_MS = 86_400_000;

export interface AccountOptions extends DelayOptions {
  clock: Clock;
  /** The same seed and the same calls give the same account. Default 1. */
  seed?: number;
  /** How many datasets there are at the start. Default 0. */
  datasets?: number;
  /** The first datasets are this many milliseconds old. Default 7 days. */
  span?: number;
  /** Share of datasets that have a name. Default 0.05. */
  named?: number;
  /** Unnamed datasets older than this many milliseconds vanish on `advance()`. Default: they do not. */
  retention?: number;
  /** What happens by itself, see `parseChurn`. Default: nothing. */
  churn?: string;
}

/** A living Apify account. Nothing in it moves but by its methods; `advance()` runs the churn. */
export class LivingAccount {
  /** What a greater `limit`, or none, is clamped to. May change at any time. */
  limitMax = LIMIT_MAX;
  retention: number | undefined;
  /** How far the listing lags behind the truth. Its settings may change at any time. */
  readonly delays: Delays;
  readonly #seed: number;
  readonly #named: number;
  readonly #clock: Clock;
  readonly #dice: Random;
  readonly #churn: Churn;
  readonly #store: DatasetStore;
  readonly #unshared = new Map<number, StoredDataset>();
  #next = 0;

  constructor(options: AccountOptions) {
    const { clock, seed = 1, datasets = 0, span = 7 * DAY_MS, named = 0.05 } = options;
    const now = clock.now();
    this.#seed = seed;
    this.#named = named;
    this.#clock = clock;
    this.#dice = seededRandom(seed);
    this.#churn = new Churn(options.churn ?? "", now);
    this.#store = new DatasetStore({
      seed,
      clock,
      dice: this.#dice,
      delays: options,
      capacity: datasets + 1024,
    });
    this.delays = this.#store.delays;
    this.retention = options.retention;
    this.#grow(datasets, now - span, now);
  }

  /** How many datasets there are in truth, listed or not yet. */
  get size(): number {
    return this.#store.order.length + this.delays.waiting.length;
  }

  /** Lets happen what the churn brings for the time since the last call, and for one request. */
  advance(): void {
    const now = this.#clock.now();
    this.#churn.run(this, now);
    if (this.retention !== undefined) this.expire(now - this.retention);
  }

  /** One page as the API shows it: named datasets only unless `unnamed`, ascending by createdAt unless `desc`. */
  list(query: Query): Listing {
    return this.#store.page(query, this.limitMax);
  }

  /** One dataset as JSON, by its id or by `username~name`; null if none is listed. */
  get(id: string): string | null {
    return this.#store.find(id);
  }

  /** The user whose account this is. */
  get owner(): User {
    return ownerOf(this.#seed);
  }

  /** The list in truth, whatever the listing shows yet: what a mirror should hold in the end. Ascending. */
  snapshot(query: Query = { unnamed: true }): Item[] {
    return this.#store.truth(query);
  }

  /**
   * New datasets at the end of the list, a millisecond apart and the last one now, or the first one at `at`.
   * No two share an instant, so very many of them reach into the future. Returns their ids.
   */
  create(count: number, at?: number): string[] {
    const { order } = this.#store;
    const youngest = order.length === 0 ? 0 : order.createdAt(order.length - 1);
    const waiting = this.delays.waiting.at(-1)?.createdAt ?? 0;
    const first = at ?? Math.max(this.#clock.now() - count + 1, youngest + 1, waiting + 1);
    return Array.from({ length: count }, (_, nth) => this.#store.add(this.#row(first + nth)));
  }

  /** New datasets that share one instant, now or `at`. */
  createTied(count: number, at = this.#clock.now()): string[] {
    return Array.from({ length: count }, () => this.#store.add(this.#row(at)));
  }

  /** Removes unnamed datasets created before `before` (milliseconds since the epoch), as a retention does. */
  expire(before: number): string[] {
    return this.#expireWhile((createdAt) => createdAt < before);
  }

  /** Removes the `count` oldest unnamed datasets. */
  expireOldest(count: number): string[] {
    let left = count;
    return this.#expireWhile(() => left-- > 0);
  }

  /** Removes one dataset. Throws a RangeError when none has this id. */
  delete(id: string): void {
    if (this.delays.forget(this.#store.numberOf(id))) return;
    this.#store.remove([this.#store.positionOf(id)]);
  }

  deleteRandom(count: number): string[] {
    return this.#store.remove(this.#draw(count));
  }

  /** Gives a dataset another name, or takes its name away. Its createdAt, and so its place, stays. */
  rename(id: string, name: string | null): void {
    this.#rename(this.#store.positionOf(id), name);
  }

  /** Renames some; one in four loses its name. */
  renameRandom(count: number): string[] {
    const positions = this.#draw(count);
    for (const position of positions) {
      const name = `renamed-${Math.floor(this.#dice() * 1e9).toString(36)}`;
      this.#rename(position, this.#dice() < 0.25 ? null : name);
    }
    return this.#store.idsAt(positions);
  }

  /** Writes ten items into a dataset: its counters and modifiedAt change. */
  touch(id: string): void {
    this.#touch(this.#store.positionOf(id));
  }

  touchRandom(count: number): string[] {
    const positions = this.#draw(count);
    for (const position of positions) this.#touch(position);
    return this.#store.idsAt(positions);
  }

  /** Datasets of other users appear in the middle of the list, with createdAt of long ago. */
  share(count: number): string[] {
    const { order } = this.#store;
    const now = this.#clock.now();
    const oldest = order.length === 0 ? now - DAY_MS : order.createdAt(0);
    const youngest = order.length === 0 ? now : order.createdAt(order.length - 1);
    return Array.from({ length: count }, () => {
      const row = this.#row(oldest + Math.floor(this.#dice() * (youngest - oldest)));
      return this.#store.insert({ ...row, flags: row.flags | SHARED });
    });
  }

  /** Takes shared datasets out of the list without deleting them. */
  unshare(count: number): string[] {
    const { order } = this.#store;
    const shared = order.view(ONLY_SHARED);
    const positions = this.#draw(count, shared.length).map((place) => shared[place] ?? 0);
    for (const row of positions.map((position) => order.at(position))) this.#unshared.set(row.index, row);
    return this.#store.take(positions);
  }

  /** Brings unshared datasets back to their old places. Throws a RangeError for one that was not unshared. */
  reshare(ids: readonly string[]): void {
    for (const id of ids) {
      const index = this.#store.numberOf(id);
      const row = this.#unshared.get(index);
      if (row === undefined) throw new RangeError(`${id} was not unshared`);
      this.#unshared.delete(index);
      this.#store.insert(row);
    }
  }

  #rename(position: number, name: string | null): void {
    const { flags } = this.#store.order.at(position);
    const flagsAfter = name === null ? flags & ~NAMED : flags | NAMED;
    this.#store.change(position, flagsAfter, (before) => ({ ...before, name }));
  }

  #touch(position: number): void {
    const modifiedAt = this.#clock.now();
    const { flags } = this.#store.order.at(position);
    this.#store.holdCounters(position);
    this.#store.change(position, flags, (before) => {
      return { ...before, touches: (before.touches ?? 0) + 1, modifiedAt };
    });
  }

  /** One start in 256 falls on the instant of the one before: ties are rare, and always there. */
  #grow(count: number, from: number, to: number): void {
    const step = (to - from) / count;
    let createdAt = from;
    for (let nth = 0; nth < count; nth++) {
      const dice = hash(this.#seed ^ 0x74696d65, nth);
      if ((dice & 255) !== 0) createdAt = Math.floor(from + (nth + dice / 0x1_0000_0000) * step);
      this.#store.order.insert(this.#row(createdAt));
    }
  }

  #row(createdAt: number): StoredDataset {
    const index = this.#next++;
    const named = hash(this.#seed ^ 0x6e616d65, index) < this.#named * 0x1_0000_0000;
    return { index, createdAt, flags: named ? NAMED : 0 };
  }

  #expireWhile(goes: (createdAt: number) => boolean): string[] {
    const { order } = this.#store;
    const positions: number[] = [];
    for (let position = 0; position < order.length; position++) {
      const row = order.at(position);
      if ((row.flags & NAMED) !== 0) continue;
      if (!goes(row.createdAt)) break;
      positions.push(position);
    }
    return this.#store.remove(positions);
  }

  /** `count` different numbers below `length`, ascending. */
  #draw(count: number, length = this.#store.order.length): number[] {
    const drawn = new Set<number>();
    while (drawn.size < Math.min(count, length)) drawn.add(Math.floor(this.#dice() * length));
    return [...drawn].toSorted((one, other) => one - other);
  }
}
