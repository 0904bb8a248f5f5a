import { setImmediate } from "node:timers/promises";

import type { Clock } from "../../src/core/clock.ts";
import { LEASE_HEARTBEAT_MS } from "../../src/mirror/lease.ts";

/** A clock that costs no time: a sleep ends at once and takes the clock along, so back-off and pauses are only told. */
export interface FakeClock extends Clock {
  /** While true, every sleep waits for `advance`; else only heartbeats do, which would otherwise beat without end. */
  held: boolean;
  /** Moves the time on, wakes who is due, and lets them get on with it. */
  advance(ms: number): Promise<void>;
  /** When the sleeps under way end, ascending; milliseconds since the epoch. */
  sleeping(): readonly number[];
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Turns of the event loop in which whoever was woken gets as far as its next wait. */
const TURNS = 20;

export function createFakeClock(start = Date.UTC(2026, 2, 1)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  const moveTo = (time: number) => {
    now = Math.max(now, time);
    for (const sleeper of sleepers) if (sleeper.due <= now) sleeper.wake();
  };
  const clock: FakeClock = {
    held: false,
    now: () => now,
    sleeping: () => [...sleepers].map(({ due }) => due).toSorted((one, other) => one - other),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      // Whole milliseconds, as the system clock: what is left of a fraction would never pass.
      const due = now + Math.ceil(ms);
      if (!clock.held && ms !== LEASE_HEARTBEAT_MS) {
        await setImmediate();
        signal?.throwIfAborted();
        moveTo(due);
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { due, wake: resolve };
      const stop = () => reject(signal?.reason);
      sleepers.add(sleeper);
      signal?.addEventListener("abort", stop, { once: true });
      try {
        await promise;
      } finally {
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", stop);
      }
    },
    async advance(ms) {
      moveTo(now + ms);
      for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    },
  };
  return clock;
}
