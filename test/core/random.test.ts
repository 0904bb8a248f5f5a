import { expect, test } from "vitest";
import { hash, seededRandom } from "../../src/core/random.ts";

const throws = (seed: number) => Array.from({ length: 20 }, seededRandom(seed));

test("the same seed gives the same numbers, another seed others", () => {
  expect(throws(7)).toEqual(throws(7));
  expect(throws(7)).not.toEqual(throws(8));
});

test("numbers are spread evenly over [0, 1)", () => {
  const random = seededRandom(1);
  const tenths = Array<number>(10).fill(0);
  for (let nth = 0; nth < 10_000; nth++) {
    const value = random();
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(1);
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("neighbours hash to unlike unsigned 32-bit numbers", () => {
  const hashes = Array.from({ length: 10_000 }, (_, index) => hash(3, index));
  expect(new Set(hashes).size).toBe(10_000);
  expect(hashes.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffff_ffff)).toBe(true);
  expect(hash(3, 0)).not.toBe(hash(4, 0));
});
