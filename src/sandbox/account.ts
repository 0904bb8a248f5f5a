import type { Item, Query, User } from "../apify/contract.ts";
import { LIMIT_MAX } from "../apify/contract.ts";
import type { Listing } from "../apify/server.ts";
import type { Clock, Random } from "../core/clock.ts";
import { hash, seededRandom } from "../core/random.ts";
import { Churn } from "./churn.ts";
import { DAY_MS, isAskedFor, newDataset, ownerOf, toItem } from "./dataset.ts";
import type { Dataset } from "./dataset.ts";
import type { DelayOptions, Delays } from "./delays.ts";
import { DatasetList } from "./list.ts";

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
  readonly #bornAt: number;
  readonly #named: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #churn: Churn;
  readonly #list: DatasetList;
  readonly #unshared = new Map<string, Dataset>();
  #next = 0;

  constructor(options: AccountOptions) {
    const { clock, seed = 1, datasets = 0, span = 7 * DAY_MS, named = 0.05 } = options;
    this.#seed = seed;
    this.#bornAt = clock.now();
    this.#named = named;
    this.#clock = clock;
    this.#random = seededRandom(seed);
    this.#churn = new Churn(options.churn ?? "", this.#bornAt);
    this.#list = new DatasetList(clock, this.#random, options, this.#grow(datasets, span));
    this.delays = this.#list.delays;
    this.retention = options.retention;
  }

  /** How many datasets there are in truth, listed or not yet. */
  get size(): number {
    return this.#list.listed.length + this.delays.waiting.length;
  }

  /** The user whose account this is. */
  get owner(): User {
    return ownerOf(this.#seed);
  }

  /** Runs the churn for the time since the last call and for one request. */
  advance(): void {
    const now = this.#clock.now();
    this.#churn.run(this, now);
    if (this.retention !== undefined) this.expire(now - this.retention);
  }

  /** One page as the API shows it: named datasets only unless `unnamed`, ascending by createdAt unless `desc`. */
  list(query: Query): Listing {
    const { offset = 0, desc = false, unnamed = false } = query;
    const limit = Math.min(query.limit || this.limitMax, this.limitMax);
    const { total, datasets } = this.#list.page(query, offset, limit);
    const items = datasets.map((one) => JSON.stringify(this.#itemOf(one))).join();
    return { total, offset, limit, desc, unnamed, count: datasets.length, items: Buffer.from(items) };
  }

  /** One dataset as JSON, by its id or by `username~name`; null if none is listed. */
  get(id: string): string | null {
    const { listed } = this.#list;
    const found =
      listed.find((one) => one.id === id) ??
      listed.find((one) => one.name !== null && id === `${this.#itemOf(one).username}~${one.name}`);
    return found === undefined ? null : JSON.stringify(this.#itemOf(found));
  }

  /** The list in truth, whatever the listing shows yet: what a mirror should hold in the end. Ascending. */
  snapshot(query: Query = { unnamed: true }): Item[] {
    return this.#list.all.filter((one) => isAskedFor(one, query)).map((one) => this.#itemOf(one));
  }

  /**
   * New datasets at the end of the list, a millisecond apart and the last one now, or the first one at `at`.
   * No two share an instant, so very many of them reach into the future. Returns their ids.
   */
  create(count: number, at?: number): string[] {
    const youngest = this.#list.listed.at(-1)?.createdAt ?? 0;
    const waiting = this.delays.waiting.at(-1)?.createdAt ?? 0;
    const first = at ?? Math.max(this.#clock.now() - count + 1, youngest + 1, waiting + 1);
    return Array.from({ length: count }, (_, nth) => this.#add(first + nth));
  }

  /** New datasets that share one instant, now or `at`. */
  createTied(count: number, at = this.#clock.now()): string[] {
    return Array.from({ length: count }, () => this.#add(at));
  }

  /** Removes unnamed datasets created before `before` (milliseconds since the epoch), as a retention does. */
  expire(before: number): string[] {
    const end = this.#list.listed.findIndex((one) => one.createdAt >= before);
    const old = this.#list.listed.slice(0, end === -1 ? undefined : end);
    return this.#remove(old.filter((one) => one.name === null));
  }

  /** Removes the `count` oldest unnamed datasets. */
  expireOldest(count: number): string[] {
    return this.#remove(this.#list.listed.filter((one) => one.name === null).slice(0, count));
  }

  /** Removes one dataset. Throws a RangeError if none has this id. */
  delete(id: string): void {
    if (!this.delays.forget(id)) this.#remove([this.#list.find(id)]);
  }

  deleteRandom(count: number): string[] {
    return this.#remove(this.#draw(count));
  }

  /** Gives a dataset another name, or takes its name away. Its createdAt, and so its place, stays. */
  rename(id: string, name: string | null): void {
    const dataset = this.#list.find(id);
    this.#list.replace(dataset, { ...dataset, name });
  }

  /** Renames some; one in four loses its name. */
  renameRandom(count: number): string[] {
    const drawn = this.#draw(count);
    for (const dataset of drawn) {
      const name = `renamed-${Math.floor(this.#random() * 1e9).toString(36)}`;
      this.#list.replace(dataset, { ...dataset, name: this.#random() < 0.25 ? null : name });
    }
    return idsOf(drawn);
  }

  /** Writes ten items into a dataset: its counters and modifiedAt change. */
  touch(id: string): void {
    this.#touch(this.#list.find(id));
  }

  touchRandom(count: number): string[] {
    const drawn = this.#draw(count);
    for (const dataset of drawn) this.#touch(dataset);
    return idsOf(drawn);
  }

  /** Datasets of other users appear in the middle of the list, with createdAt of long ago. */
  share(count: number): string[] {
    const now = this.#clock.now();
    const oldest = this.#list.listed[0]?.createdAt ?? now - DAY_MS;
    const youngest = this.#list.listed.at(-1)?.createdAt ?? now;
    const shared = Array.from({ length: count }, () => {
      const createdAt = oldest + Math.floor(this.#random() * (youngest - oldest));
      return { ...this.#newDataset(createdAt), isShared: true };
    });
    for (const dataset of shared) this.#list.insert(dataset);
    return idsOf(shared);
  }

  /** Takes shared datasets out of the list without deleting them. */
  unshare(count: number): string[] {
    const drawn = this.#draw(
      count,
      this.#list.listed.filter((one) => one.isShared),
    );
    for (const dataset of drawn) this.#unshared.set(dataset.id, dataset);
    return this.#remove(drawn);
  }

  /** Brings unshared datasets back to their old places. Throws a RangeError for one that was not unshared. */
  reshare(ids: readonly string[]): void {
    for (const id of ids) {
      const dataset = this.#unshared.get(id);
      if (dataset === undefined) throw new RangeError(`${id} was not unshared`);
      this.#unshared.delete(id);
      this.#list.insert(dataset);
    }
  }

  #touch(dataset: Dataset): void {
    const now = this.#clock.now();
    this.delays.holdCounters(dataset, now);
    const counters = { touches: dataset.counters.touches + 1, touchedAt: now };
    this.#list.replace(dataset, { ...dataset, counters });
  }

  /** Datasets of the last `span` milliseconds. One in 256 shares the instant of the one before: ties are rare, and always there. */
  #grow(count: number, span: number): Dataset[] {
    const from = this.#bornAt - span;
    let createdAt = from;
    return Array.from({ length: count }, (_, nth) => {
      const random = hash(this.#seed ^ 0x74696d65, nth);
      if (random % 256 !== 0) createdAt = Math.floor(from + ((nth + random / 0x1_0000_0000) * span) / count);
      return this.#newDataset(createdAt);
    });
  }

  #add(createdAt: number): string {
    const dataset = this.#newDataset(createdAt);
    this.#list.add(dataset);
    return dataset.id;
  }

  #newDataset(createdAt: number): Dataset {
    return newDataset(this.#seed, this.#next++, createdAt, this.#named);
  }

  #itemOf(dataset: Dataset): Item {
    return toItem(dataset, this.#seed, this.#bornAt);
  }

  #remove(datasets: readonly Dataset[]): string[] {
    this.#list.remove(datasets);
    return idsOf(datasets);
  }

  /** At most `count` different ones, in the order of the list. */
  #draw(count: number, from: readonly Dataset[] = this.#list.listed): Dataset[] {
    const places = new Set<number>();
    while (places.size < Math.min(count, from.length)) places.add(Math.floor(this.#random() * from.length));
    return from.filter((_, place) => places.has(place));
  }
}

function idsOf(datasets: readonly Dataset[]): string[] {
  return datasets.map(({ id }) => id);
}
