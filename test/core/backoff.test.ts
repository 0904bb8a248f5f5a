import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { BACKOFF_MAX_MS, backoffMs, retryAfterMs } from "../../src/core/backoff.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("backoffMs", () => {
  test("waits in [500, 1000) after the first failure and doubles with each further one", () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, () => 0))).toEqual([500, 1000, 2000, 4000]);
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, () => 0.5))).toEqual([750, 1500, 3000, 6000]);
  });

  test("stays under the cap and random at it, however many failures came before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), chance, (attempt, roll) => {
        const delay = backoffMs(attempt, () => roll);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThanOrEqual(BACKOFF_MAX_MS);
      }),
    );
    expect(backoffMs(50, () => 0)).toBe(BACKOFF_MAX_MS / 2);
    expect(backoffMs(50, () => 0.9)).toBeCloseTo(BACKOFF_MAX_MS * 0.95);
  });

  test("never waits less than Retry-After asks, even beyond the cap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), chance, fc.nat(600_000), (attempt, roll, floor) => {
        expect(backoffMs(attempt, () => roll, floor)).toBeGreaterThanOrEqual(floor);
      }),
    );
    expect(backoffMs(3, () => 0, 10)).toBe(2000);
    expect(backoffMs(1, () => 0, 120_000)).toBe(120_000);
  });
});

describe("retryAfterMs", () => {
  test.each([
    ["30", 30_000],
    [" 30 ", 30_000],
    ["0", 0],
    ["1.5", 1500],
    ["Thu, 01 Jan 2026 12:00:07 GMT", 7000],
    ["Thu, 01 Jan 2026 11:59:00 GMT", 0],
  ])("reads %j", (header, ms) => {
    expect(retryAfterMs(header, NOON)).toBe(ms);
  });

  test.each([null, "", "soon", "-5", "1e3", "0x10", "Thu, 31 Feb 2026 12:00:07 GMT"])(
    "%j says nothing",
    (header) => {
      expect(retryAfterMs(header, NOON)).toBeNull();
    },
  );

  test("a number of any length is a number", () => {
    expect(retryAfterMs("9".repeat(400), NOON)).toBe(Infinity);
  });
});
