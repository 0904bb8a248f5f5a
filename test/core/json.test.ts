import * as fc from "fast-check";
import { expect, test } from "vitest";

import { DEPTH_MAX, storageProblem, storable } from "../../src/core/json.ts";

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test("names the place and the trouble", () => {
  expect(storageProblem({ a: [1, { b: Infinity }] }, false)).toBe(".a[1].b: a number out of range");
  expect(storageProblem({ a: "x\0" }, true)).toBe(".a: holds NUL or half of a surrogate pair");
  expect(storageProblem({ a: ["\uD800"] }, true)).toBe(".a[0]: holds NUL or half of a surrogate pair");
  expect(storageProblem({ "k\0": 1 }, true)).toBe(".k: the key holds NUL or half of a surrogate pair");
});

test("takes as many levels as it says and no more", () => {
  expect(storageProblem(nested(DEPTH_MAX), true)).toBeNull();
  expect(storageProblem(nested(DEPTH_MAX + 1), true)).toMatch(/: nested deeper than 32$/);
});

test("what is far too deep is refused without a stack overflow", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  expect(storageProblem(deep, true)).toMatch(/nested deeper/);
  expect(JSON.stringify(storable(deep))).toBe("[".repeat(DEPTH_MAX) + "null" + "]".repeat(DEPTH_MAX));
});

test("whatever comes, its storable form is without flaw, and equal to it if it had none", () => {
  const strange = fc.anything({
    values: [
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.constant(null),
      fc.boolean(),
      fc.constant("a\0\uDC00"),
    ],
    key: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\0", "__proto__", "constructor")),
    maxDepth: 6,
  });
  fc.assert(
    fc.property(strange, (value) => {
      const kept = storable(value);
      expect(storageProblem(kept, true)).toBeNull();
      expect(JSON.stringify(kept) === JSON.stringify(value) || storageProblem(value, true) !== null).toBe(
        true,
      );
    }),
  );
});
