import { hash } from "../core/random.ts";

/**
 * Ids of 17 letters and digits as Apify's, made from a number and readable back into it, so that a dataset can be
 * found by its id without an index of all ids. The first six characters carry the number, scrambled; the others
 * are dice.
 */
export const ID_LENGTH = 17;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE = ALPHABET.length;
const CODES = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
/** Five characters leave less than this of a 32-bit number to the sixth, which is filled up with dice. */
const SIXTH_BOUND = Math.ceil(0x1_0000_0000 / BASE ** 5);
const SIXTH_SPARE = Math.floor(BASE / SIXTH_BOUND);

/** An odd factor and its inverse modulo 2^32. */
const FACTOR = 0x2c1b3c6d;
const FACTOR_INVERSE = inverseOf(FACTOR);

/** The id of dataset number `index` in the account grown from `seed`. */
export function idOf(seed: number, index: number): string {
  const codes = new Uint8Array(ID_LENGTH);
  writeId(codes, 0, seed, index);
  return String.fromCharCode(...codes);
}

/** Writes the id as 17 bytes at `at`. */
export function writeId(target: Uint8Array, at: number, seed: number, index: number): void {
  const dice = hash(seed, index);
  const sixth = writeCodes(target, at, scramble(index ^ seed), 5);
  target[at + 5] = CODES[sixth + (dice % SIXTH_SPARE) * SIXTH_BOUND] ?? 0;
  const rest = writeCodes(target, at + 6, hash(dice, index), 5);
  target[at + 11] = CODES[(dice >>> 8) % BASE] ?? 0;
  writeCodes(target, at + 12, hash(dice + rest, ~index), 5);
}

/** The number behind an id of the account grown from `seed`; null when the id is none of its ids. */
export function indexOf(seed: number, id: string): number | null {
  let scrambled = ALPHABET.indexOf(id.charAt(5)) % SIXTH_BOUND;
  for (let place = 4; place >= 0; place--) scrambled = scrambled * BASE + ALPHABET.indexOf(id.charAt(place));
  const index = (unscramble(scrambled) ^ seed) >>> 0;
  return idOf(seed, index) === id ? index : null;
}

/** Writes the lowest digits of an unsigned word and returns what is left of it. */
function writeCodes(target: Uint8Array, at: number, word: number, count: number): number {
  let left = word;
  for (let place = at; place < at + count; place++) {
    target[place] = CODES[left % BASE] ?? 0;
    left = Math.floor(left / BASE);
  }
  return left;
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
