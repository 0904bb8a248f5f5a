import { hash } from "../core/random.ts";

/**
 * Ids of 17 characters as Apify's, made from a number and readable back into it, so that a dataset can be found by
 * its id without an index of all ids. The first six characters carry the number, scrambled; the others are dice.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PAIR_COUNT = ALPHABET.length ** 2;
const PAIRS = Array.from({ length: PAIR_COUNT }, (_, value) => {
  return ALPHABET.charAt(Math.floor(value / ALPHABET.length)) + ALPHABET.charAt(value % ALPHABET.length);
});
/** A 32-bit number is two pairs and a third below this bound; what is left of the third is filled with dice. */
const THIRD_BOUND = Math.ceil(0x1_0000_0000 / PAIR_COUNT ** 2);
const THIRD_SPARE = Math.floor(PAIR_COUNT / THIRD_BOUND);

/** An odd factor and its inverse modulo 2^32. */
const FACTOR = 0x2c1b3c6d;
const FACTOR_INVERSE = inverseOf(FACTOR);

/** The id of dataset number `index` in the account grown from `seed`. */
export function idOf(seed: number, index: number): string {
  const scrambled = scramble(index ^ seed);
  const dice = hash(seed, index);
  const third = Math.floor(scrambled / PAIR_COUNT ** 2) + (dice % THIRD_SPARE) * THIRD_BOUND;
  return (
    pair(third) + pair(scrambled % PAIR_COUNT) + pair(Math.floor(scrambled / PAIR_COUNT)) + tail(seed, index)
  );
}

/** The number behind an id of the account grown from `seed`; null when the id is none of its ids. */
export function indexOf(seed: number, id: string): number | null {
  const [third, low, middle] = [valueAt(id, 0), valueAt(id, 2), valueAt(id, 4)];
  const scrambled = low + middle * PAIR_COUNT + (third % THIRD_BOUND) * PAIR_COUNT ** 2;
  const index = (unscramble(scrambled) ^ seed) >>> 0;
  return idOf(seed, index) === id ? index : null;
}

/** An id that stands for nothing in the account: actors, runs, users. */
export function strayId(seed: number, index: number): string {
  const dice = hash(seed, index);
  return pair(dice) + pair(dice >>> 9) + pair(dice >>> 18) + tail(seed, index);
}

function tail(seed: number, index: number): string {
  const one = hash(seed + 1, index);
  const two = hash(seed + 2, index);
  return (
    pair(one) +
    pair(one >>> 16) +
    pair(two) +
    pair(two >>> 16) +
    pair(one ^ two) +
    ALPHABET.charAt((two >>> 8) % ALPHABET.length)
  );
}

function pair(value: number): string {
  return PAIRS[value % PAIR_COUNT] ?? "";
}

function valueAt(id: string, position: number): number {
  return ALPHABET.indexOf(id.charAt(position)) * ALPHABET.length + ALPHABET.indexOf(id.charAt(position + 1));
}

/** Folding the upper half into the lower is its own inverse, so the whole can be undone. */
function scramble(word: number): number {
  return fold(Math.imul(fold(word), FACTOR)) >>> 0;
}

function unscramble(word: number): number {
  return fold(Math.imul(fold(word), FACTOR_INVERSE));
}

function fold(word: number): number {
  return word ^ (word >>> 16);
}

/** Newton's iteration doubles the number of right bits: 3, 6, 12, 24, 48. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let step = 0; step < 4; step++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
