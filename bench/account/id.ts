import { hash } from "../../src/core/random.ts";

export const ID_LENGTH = 17;
const CODES = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "latin1");
/** Characters that a random number of 32 bits is good for. */
const CHARACTERS_PER_WORD = 5;

/** Writes the id of dataset number `index` at `at`: 17 letters and digits, as Apify's. */
export function writeId(target: Uint8Array, at: number, seed: number, index: number): void {
  let word = 0;
  for (let place = 0; place < ID_LENGTH; place++) {
    if (place % CHARACTERS_PER_WORD === 0) word = hash(seed + place, index);
    target[at + place] = CODES[word % CODES.length] ?? 0;
    word = Math.floor(word / CODES.length);
  }
}
