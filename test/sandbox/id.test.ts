import * as fc from "fast-check";
import { expect, test } from "vitest";
import { idOf, indexOf } from "../../src/sandbox/id.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });

test("an id has 17 letters and digits and is read back into its number", () => {
  fc.assert(
    fc.property(word, word, (seed, index) => {
      const id = idOf(seed, index);
      expect(id).toMatch(/^[A-Za-z0-9]{17}$/);
      expect(indexOf(seed, id)).toBe(index);
    }),
  );
});

test("no two of a hundred thousand datasets share an id", () => {
  const ids = new Set(Array.from({ length: 100_000 }, (_, index) => idOf(1, index)));
  expect(ids.size).toBe(100_000);
});

test("an id of another account, or of no account, is no number", () => {
  expect(indexOf(1, idOf(2, 5))).toBeNull();
  expect(indexOf(1, "")).toBeNull();
  expect(indexOf(1, "not an id at all!")).toBeNull();
});
