import { setImmediate } from "node:timers/promises";

import type { Clock } from "../../src/core/clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Turns of the event loop in which whoever was woken gets as far as its next wait. */
const TURNS = 5;

/**
 * A clock whose time passes by `advance` only, from one due sleeper to the next; with `isRunning` it passes by itself,
 * to the earliest sleeper whenever somebody sleeps, and costs no real time.
 */
export class ManualClock implements Clock {
  #now: number;
  readonly #isRunning: boolean;
  readonly #sleepers: Sleeper[] = [];

  constructor({ now = Date.UTC(2026, 0, 1), isRunning = false } = {}) {
    this.#now = now;
    this.#isRunning = isRunning;
  }

  now(): number {
    return this.#now;
  }

  /** Number of sleeps under way. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#now + ms, wake: resolve };
    const onAbort = () => {
      this.#forget(sleeper);
      reject(signal?.reason);
    };
    this.#sleepers.push(sleeper);
    this.#sleepers.sort((one, other) => one.due - other.due);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (this.#isRunning) void setImmediate().then(() => this.#wakeFirst());
    await promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** Lets `ms` pass. Whoever is due wakes at its own time and gets as far as its next wait. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while ((this.#sleepers[0]?.due ?? Infinity) <= end) {
      this.#wakeFirst();
      await settle();
    }
    this.#now = end;
  }

  /** The system's clock is set: sleeps are not affected, `now` is. */
  set(now: number): void {
    const shift = now - this.#now;
    this.#now = now;
    const moved = this.#sleepers.map(({ due, wake }) => ({ due: due + shift, wake }));
    this.#sleepers.splice(0, Infinity, ...moved);
  }

  #wakeFirst(): void {
    const sleeper = this.#sleepers.shift();
    if (sleeper === undefined) return;
    this.#now = Math.max(this.#now, sleeper.due);
    sleeper.wake();
  }

  #forget(sleeper: Sleeper): void {
    const place = this.#sleepers.findIndex(({ wake }) => wake === sleeper.wake);
    if (place >= 0) this.#sleepers.splice(place, 1);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate();
}
