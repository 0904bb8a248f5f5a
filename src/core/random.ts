import type { Random } from "./clock.ts";

/** 2^32 divided by the golden ratio: an odd step that visits every 32-bit number. */
const STEP = 0x9e3779b9;

/** Random numbers that are the same for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + STEP) | 0;
    return mix(state) / 0x1_0000_0000;
  };
}

/** An unsigned 32-bit number that depends on every bit of `seed` and `index`: a random number by its place. */
export function hash(seed: number, index: number): number {
  return mix((Math.imul(mix(index | 0), STEP) + seed) | 0);
}

/** Spreads each bit over all 32: the finalizer of lowbias32, by Chris Wellons. */
function mix(state: number): number {
  let word = state ^ (state >>> 16);
  word = Math.imul(word, 0x7feb352d);
  word ^= word >>> 15;
  word = Math.imul(word, 0x846ca68b);
  return (word ^ (word >>> 16)) >>> 0;
}
