import type { Clock } from "../../src/core/clock.ts";

/** A clock that moves only when it is told to, or by a sleep, which takes no real time. */
export class StillClock implements Clock {
  #now: number;

  constructor(now = Date.UTC(2026, 6, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += ms;
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}
