import type { Clock } from "../../core/clock.ts";

/** Requests that an address may make at once, and how many a second it may go on with. */
const BURST = 50;
const PER_SECOND = 25;
/** A request that would have to wait longer is refused. */
const WAIT_MS_MAX = 10_000;

/**
 * Lets the requests of an address wait for their turn, since a flood of them would take the time of the passes, which run
 * in the same thread: an answer that says no would cost as much as the page. Returns false if the wait were too long.
 */
export function createPace(clock: Clock): (address: string) => Promise<boolean> {
  /** When an address will have made up for its requests, milliseconds since the epoch. */
  const settledAt = new Map<string, number>();
  return async (address) => {
    const now = clock.now();
    for (const [other, at] of settledAt) if (at <= now) settledAt.delete(other);
    const settled = Math.max(settledAt.get(address) ?? 0, now) + 1000 / PER_SECOND;
    const waitMs = settled - now - (BURST * 1000) / PER_SECOND;
    if (waitMs > WAIT_MS_MAX) return false;
    settledAt.set(address, settled);
    if (waitMs > 0) await clock.sleep(waitMs);
    return true;
  };
}
