import * as fc from "fast-check";
import { expect, test } from "vitest";

import { DEPTH_MAX, holdsMoreValues, isRecord, storable, storageProblem } from "../../src/core/json.ts";

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

test("names the place and the problem", () => {
  expect(storageProblem({ a: [1, { b: Infinity }] }, false)).toBe(".a[1].b: a number out of range");
  expect(storageProblem({ a: "x\0" }, true)).toBe(".a: holds NUL or half of a surrogate pair");
  expect(storageProblem({ a: ["\uD800"] }, true)).toBe(".a[0]: holds NUL or half of a surrogate pair");
  expect(storageProblem({ "k\0": 1 }, true)).toBe(".k: the key holds NUL or half of a surrogate pair");
});

test("takes as many levels as it says and no more", () => {
  expect(storageProblem(nested(DEPTH_MAX), true)).toBeNull();
  expect(storageProblem(nested(DEPTH_MAX + 1), true)).toMatch(/: nested deeper than 32$/);
});

test("what is far too deep is rejected without a stack overflow", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  expect(storageProblem(deep, true)).toMatch(/nested deeper/);
  expect(JSON.stringify(storable(deep))).toBe("[".repeat(DEPTH_MAX) + "null" + "]".repeat(DEPTH_MAX));
});

test("the storable form of any value has no problem, and equals the value if that had none", () => {
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

test("values are counted without parsing: keys, elements, arrays and objects, but nothing inside strings", () => {
  const counted = fc.oneof(
    fc.json({ stringUnit: "binary" }),
    fc.json({ maxDepth: 6 }),
    fc.constant('{"[\\\\":"\\",{"}'),
  );
  fc.assert(
    fc.property(counted, fc.boolean(), (json, isSpaced) => {
      const value: unknown = JSON.parse(json);
      const bytes = Buffer.from(isSpaced ? JSON.stringify(value, null, 2) : json);
      const { values, empty } = countValues(value);
      expect(holdsMoreValues(bytes, values - 1)).toBe(true);
      // An empty array or object counts as one more.
      expect(holdsMoreValues(bytes, values + empty)).toBe(false);
    }),
  );
});

test.each([
  ["[".repeat(9), true],
  ['{"a":'.repeat(9), true],
  ["[1,2,3,4,5,6,7", true],
  ["[[[[", false],
  [`["not closed ${"[".repeat(9)}`, false],
])("text that breaks off is counted as far as it goes: %s", (text, isMore) => {
  expect(holdsMoreValues(Buffer.from(text), 5)).toBe(isMore);
});

/** The JSON value with all keys and values inside. */
function countValues(value: unknown): { values: number; empty: number } {
  const inner = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  const counts = inner.map(countValues);
  const own = 1 + (isRecord(value) ? inner.length : 0);
  return {
    values: counts.reduce((sum, { values }) => sum + values, own),
    empty: counts.reduce(
      (sum, { empty }) => sum + empty,
      Number(typeof value === "object" && value !== null && inner.length === 0),
    ),
  };
}
