import type { Query } from "../apify/contract.ts";
import type { Clock, Random } from "../core/clock.ts";
import { type Dataset, isAskedFor } from "./dataset.ts";
import { type DelayOptions, Delays } from "./delays.ts";

/** A page before its items are written. */
export interface DatasetPage {
  readonly total: number;
  readonly datasets: readonly Dataset[];
}

/** The datasets of an account, ascending by createdAt, later arrivals behind earlier ones of the same instant. */
export class DatasetList {
  /** How far what is shown lags behind the truth. */
  readonly delays: Delays;
  readonly #clock: Clock;
  #listed: Dataset[];

  /** `datasets` are listed from the start, ascending. */
  constructor(clock: Clock, random: Random, delays: DelayOptions, datasets: readonly Dataset[]) {
    this.#clock = clock;
    this.#listed = [...datasets];
    this.delays = new Delays(delays, random);
  }

  /** What is listed by now, whatever is shown yet. */
  get listed(): readonly Dataset[] {
    return this.#listed;
  }

  /** Every dataset there is, listed or not yet; ascending. */
  get all(): readonly Dataset[] {
    const { waiting } = this.delays;
    return [...this.#listed, ...waiting].toSorted((one, other) => one.createdAt - other.createdAt);
  }

  /** The datasets from `offset` on as the list shows them at this moment. */
  page(query: Query, offset: number, limit: number): DatasetPage {
    const now = this.#clock.now();
    for (const { dataset, dueAt } of this.delays.settle(now)) this.#insert(dataset, dueAt);
    this.delays.keep(this.#listed, now);
    const seen = this.delays.seen(this.#listed);
    const matching =
      query.unnamed && query.ownership === undefined ? seen : seen.filter((one) => isAskedFor(one, query));
    const { length } = matching;
    const datasets = query.desc
      ? matching.slice(Math.max(0, length - offset - limit), Math.max(0, length - offset)).toReversed()
      : matching.slice(offset, offset + limit);
    const total = this.delays.total(length, (one) => isAskedFor(one, query), now);
    return { total, datasets: datasets.map((one) => this.delays.shown(one)) };
  }

  /** Adds a new dataset, which is listed when the lag is over. */
  add(dataset: Dataset): void {
    if (!this.delays.postpone(dataset, this.#clock.now())) this.insert(dataset);
  }

  /** Lists a dataset at once. */
  insert(dataset: Dataset): void {
    this.#insert(dataset, this.#clock.now());
  }

  /** Takes out those that are listed among these. */
  remove(datasets: readonly Dataset[]): void {
    const now = this.#clock.now();
    const gone = new Set(datasets);
    for (const one of datasets) this.delays.left(one, now);
    this.#listed = this.#listed.filter((one) => !gone.has(one));
  }

  replace(before: Dataset, after: Dataset): void {
    const now = this.#clock.now();
    this.delays.left(before, now);
    this.delays.entered(after, now);
    this.#listed[this.#listed.indexOf(before)] = after;
  }

  /** The listed dataset with this id. Throws a RangeError if there is none. */
  find(id: string): Dataset {
    const found = this.#listed.find((one) => one.id === id);
    if (found === undefined) throw new RangeError(`no listed dataset has the id ${id}`);
    return found;
  }

  #insert(dataset: Dataset, at: number): void {
    // Nearly always the last place.
    const place = this.#listed.findLastIndex((one) => one.createdAt <= dataset.createdAt) + 1;
    this.#listed.splice(place, 0, dataset);
    this.delays.entered(dataset, at);
  }
}
