/** The machine's clock and dice, handed to everything that needs time or chance. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Clock, Random } from "./core/clock.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export const systemRandom: Random = () => Math.random();
