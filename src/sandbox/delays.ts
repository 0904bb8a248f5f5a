import type { Random } from "../core/clock.ts";
import type { Change, StoredDataset } from "./dataset.ts";
import type { Filter, Order } from "./order.ts";

/** All in milliseconds, and 0 when not given. */
export interface DelayOptions {
  /** A new dataset is missing from the listing for this long. */
  lag?: number;
  /** At most this much is added to `lag` by the dice, so that datasets show up out of order. */
  lagJitter?: number;
  /** `total` tells the length of the listing of this long ago. */
  totalLag?: number;
  /** Counters and modifiedAt show their old values for this long after a touch. */
  counterLag?: number;
  /** Share of pages that come from a list as it was up to `staleAge` ago. */
  stale?: number;
  staleAge?: number;
}

interface Waiting extends StoredDataset {
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
  readonly #dice: Random;
  #waiting: Waiting[] = [];
  /** Changes as the listing still shows them, until their time is up. */
  readonly #hidden = new Map<number, { change: Change | undefined; until: number }>();
  /** Rows that entered (+1) or left (-1) the listing within the last `totalLag`. */
  #moves: { at: number; by: 1 | -1; flags: number }[] = [];
  #older: { order: Order; takenAt: number } | null = null;

  constructor(options: DelayOptions, dice: Random) {
    this.lag = options.lag ?? 0;
    this.lagJitter = options.lagJitter ?? 0;
    this.totalLag = options.totalLag ?? 0;
    this.counterLag = options.counterLag ?? 0;
    this.stale = options.stale ?? 0;
    this.staleAge = options.staleAge ?? 15_000;
    this.#dice = dice;
  }

  /** Datasets that exist and are not listed yet. */
  get waiting(): readonly StoredDataset[] {
    return this.#waiting;
  }

  /** Brings what is due by now to the listing, and forgets what is over. */
  settle(now: number, order: Order): void {
    const due = this.#waiting.filter((row) => row.dueAt <= now);
    if (due.length > 0) this.#waiting = this.#waiting.filter((row) => row.dueAt > now);
    for (const row of due) {
      order.insert(row);
      this.#note(row, 1, row.dueAt);
    }
    for (const [index, { until }] of this.#hidden) if (until <= now) this.#hidden.delete(index);
    this.#moves = this.#moves.filter((move) => move.at > now - this.totalLag);
    if (this.stale > 0 && now - (this.#older?.takenAt ?? -Infinity) >= this.staleAge) {
      this.#older = { order: order.clone(), takenAt: now };
    }
  }

  /** Keeps a new row back when there is a lag; false when it is to be listed at once. */
  postpone(row: StoredDataset, now: number): boolean {
    if (this.lag + this.lagJitter === 0) return false;
    this.#waiting.push({ ...row, dueAt: now + this.lag + Math.floor(this.#dice() * this.lagJitter) });
    return true;
  }

  /** Removes a row that was not listed yet; false when there is none. */
  forget(index: number): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((row) => row.index !== index);
    return this.#waiting.length < before;
  }

  entered(row: StoredDataset, now: number): void {
    this.#note(row, 1, now);
  }

  left(row: StoredDataset, now: number): void {
    this.#note(row, -1, now);
  }

  /** Keeps showing `change` for a while; a change that is hidden already stays as it is. */
  hide(index: number, change: Change | undefined, now: number): void {
    if (this.counterLag === 0 || this.#hidden.has(index)) return;
    this.#hidden.set(index, { change, until: now + this.counterLag });
  }

  /** The change the listing shows where `truth` is the change. */
  shown(index: number, truth: Change | undefined): Change | undefined {
    const hidden = this.#hidden.get(index);
    return hidden === undefined ? truth : hidden.change;
  }

  /** The order this page is read from: the present one, or an older one. */
  seen(order: Order): Order {
    if (this.stale === 0 || this.#older === null) return order;
    return this.#dice() < this.stale ? this.#older.order : order;
  }

  /** The total the listing tells while it truly has `length` rows. */
  total(length: number, filter: Filter, now: number): number {
    let total = length;
    for (const move of this.#moves) {
      if (move.at > now - this.totalLag && filter.admits(move.flags)) total -= move.by;
    }
    return Math.max(0, total);
  }

  #note(row: StoredDataset, by: 1 | -1, at: number): void {
    if (this.totalLag > 0) this.#moves.push({ at, by, flags: row.flags });
  }
}
