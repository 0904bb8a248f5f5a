import * as fc from "fast-check";
import { expect, test } from "vitest";

import { parseDuration, writeDuration } from "../../src/core/duration.ts";

test("what is written is parsed as the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
      expect(parseDuration(writeDuration(ms))).toBe(ms);
    }),
  );
});

test("the largest unit that leaves no remainder is used", () => {
  expect([0, 500, 90_000, 600_000, 604_800_000].map(writeDuration)).toEqual([
    "0ms",
    "500ms",
    "90s",
    "10m",
    "7d",
  ]);
});
