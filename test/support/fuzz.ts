import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import type { Parameters } from "fast-check";
import { expect } from "vitest";

/** How long a fuzz test runs: so many inputs, or the minutes of `FUZZ_MINUTES`. */
export interface Fuzz {
  /** fast-check prints the seed of a failure; `FUZZ_SEED` replays it. */
  readonly seed: Pick<Parameters, "seed">;
  readonly extent: Pick<Parameters, "numRuns" | "interruptAfterTimeLimit">;
  readonly timeoutMs: number;
  /** Fails if the memory in use has grown since the first inputs; to be called after each. */
  readonly checkMemory: () => void;
}

/** Inputs until the memory in use is compared, again and again. */
const INPUTS_PER_CHECK = 1000;
const GROWTH_MAX_MB = 64;

export function fuzz(runs: number): Fuzz {
  const minutes = Number(process.env["FUZZ_MINUTES"] ?? 0);
  const seed = process.env["FUZZ_SEED"];
  const limitMs = minutes * 60_000;
  let inputs = 0;
  let firstMb = Infinity;
  return {
    seed: seed === undefined ? {} : { seed: Number(seed) },
    extent: minutes > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: limitMs } : { numRuns: runs },
    timeoutMs: 120_000 + limitMs,
    checkMemory: () => {
      inputs += 1;
      if (inputs % INPUTS_PER_CHECK > 0) return;
      const usedMb = memoryInUseMb();
      firstMb = Math.min(firstMb, usedMb);
      expect(usedMb - firstMb, `MB more after ${inputs} inputs`).toBeLessThan(GROWTH_MAX_MB);
    },
  };
}

function memoryInUseMb(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}
