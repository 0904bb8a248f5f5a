/** The machine's clock and dice, handed to everything that needs time or chance. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Clock, Random } from "./core/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node's own AbortError would pass for a failure.
      signal?.throwIfAborted();
      throw error;
    }
  },
};

export const systemRandom: Random = () => Math.random();
