import type { Random } from "../core/clock.ts";
import type { Counters, Dataset } from "./dataset.ts";

/** All in milliseconds, and 0 when not given. */
export interface DelayOptions {
  /** A new dataset is missing from the listing for this long. */
  lag?: number;
  /** At most this much is added to `lag` at random, so that datasets show up out of order. */
  lagJitter?: number;
  /** `total` is the length of the listing of this long ago. */
  totalLag?: number;
  /** Counters and modifiedAt show their old values for this long after a touch. */
  counterLag?: number;
  /** Share of pages that come from a list as it was up to `staleAge` ago. */
  stale?: number;
  staleAge?: number;
}

interface Waiting {
  readonly dataset: Dataset;
  readonly dueAt: number;
}

/** How the listing lags behind the truth: an eventually consistent view of an account. */
export class Delays {
  lag: number;
  lagJitter: number;
  totalLag: number;
  counterLag: number;
  stale: number;
  staleAge: number;
  readonly #random: Random;
  #waiting: Waiting[] = [];
  /** Counters as the listing still shows them, by the index of their dataset. */
  readonly #outdated = new Map<number, { counters: Counters; until: number }>();
  /** Datasets that entered (+1) or left (-1) the listing within the last `totalLag`. */
  #moves: { at: number; by: 1 | -1; dataset: Dataset }[] = [];
  #older: { listed: readonly Dataset[]; takenAt: number } | null = null;

  constructor(options: DelayOptions, random: Random) {
    this.lag = options.lag ?? 0;
    this.lagJitter = options.lagJitter ?? 0;
    this.totalLag = options.totalLag ?? 0;
    this.counterLag = options.counterLag ?? 0;
    this.stale = options.stale ?? 0;
    this.staleAge = options.staleAge ?? 15_000;
    this.#random = random;
  }

  /** Datasets that exist and are not listed yet. */
  get waiting(): readonly Dataset[] {
    return this.#waiting.map(({ dataset }) => dataset);
  }

  /** Forgets what is over by now, and returns what is to be listed. */
  settle(now: number): readonly Waiting[] {
    const due = this.#waiting.filter(({ dueAt }) => dueAt <= now);
    if (due.length > 0) this.#waiting = this.#waiting.filter(({ dueAt }) => dueAt > now);
    for (const [index, { until }] of this.#outdated) if (until <= now) this.#outdated.delete(index);
    this.#moves = this.#moves.filter((move) => move.at > now - this.totalLag);
    return due;
  }

  /** Keeps the list of now as the older one, once that is too old; `listed` has all that was due. */
  keep(listed: readonly Dataset[], now: number): void {
    if (this.stale === 0 || now - (this.#older?.takenAt ?? -Infinity) < this.staleAge) return;
    this.#older = { listed: [...listed], takenAt: now };
  }

  /** Keeps a new dataset back if there is a lag; false if it is to be listed at once. */
  postpone(dataset: Dataset, now: number): boolean {
    if (this.lag + this.lagJitter === 0) return false;
    this.#waiting.push({ dataset, dueAt: now + this.lag + Math.floor(this.#random() * this.lagJitter) });
    return true;
  }

  /** Removes a dataset that is not listed yet; false if there is none with this id. */
  forget(id: string): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter(({ dataset }) => dataset.id !== id);
    return this.#waiting.length < before;
  }

  entered(dataset: Dataset, at: number): void {
    this.#note(dataset, 1, at);
  }

  left(dataset: Dataset, at: number): void {
    this.#note(dataset, -1, at);
  }

  /** Keeps showing the counters of now for a while; those that are outdated already stay as they are. */
  holdCounters({ index, counters }: Dataset, now: number): void {
    if (this.counterLag === 0 || this.#outdated.has(index)) return;
    this.#outdated.set(index, { counters, until: now + this.counterLag });
  }

  /** The dataset as the listing shows it. */
  shown(dataset: Dataset): Dataset {
    const outdated = this.#outdated.get(dataset.index);
    return outdated === undefined ? dataset : { ...dataset, counters: outdated.counters };
  }

  /** The listing that a page is read from: the present one, or an older one. */
  seen(listed: readonly Dataset[]): readonly Dataset[] {
    if (this.stale === 0 || this.#older === null) return listed;
    return this.#random() < this.stale ? this.#older.listed : listed;
  }

  /** The total that is shown while the listing has `length` datasets that match. */
  total(length: number, matches: (dataset: Dataset) => boolean, now: number): number {
    let total = length;
    for (const move of this.#moves) {
      if (move.at > now - this.totalLag && matches(move.dataset)) total -= move.by;
    }
    return Math.max(0, total);
  }

  #note(dataset: Dataset, by: 1 | -1, at: number): void {
    if (this.totalLag > 0) this.#moves.push({ at, by, dataset });
  }
}
