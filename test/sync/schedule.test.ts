import { describe, expect, test } from "vitest";

import { Schedule } from "../../src/sync/schedule.ts";

const at = (text: string) => Date.parse(text);
const HOUR_MS = 3_600_000;

test("ticks are counted behind a moment and up to another one, no further than asked", () => {
  const minutely = new Schedule("* * * * *", "UTC");
  const start = at("2026-03-01T12:00:00Z");
  expect(minutely.ticksBetween(start, start + 59_999, 10)).toBe(0);
  expect(minutely.ticksBetween(start, start + 60_000, 10)).toBe(1);
  expect(minutely.ticksBetween(start - 1, start, 10)).toBe(1);
  expect(minutely.ticksBetween(start, start + HOUR_MS, 100)).toBe(60);
  expect(minutely.ticksBetween(start, start + HOUR_MS, 10)).toBe(10);
  expect(minutely.ticksBetween(start, start - HOUR_MS, 10)).toBe(0);
});

test("the interval is that of the next two ticks", () => {
  const workdays = new Schedule("*/5 8-18 * * 1-5", "UTC");
  expect(workdays.intervalMs(at("2026-03-02T12:00:00Z"))).toBe(5 * 60_000);
  expect(new Schedule("0 0 * * *", "UTC").intervalMs(at("2026-03-02T12:00:00Z"))).toBe(24 * HOUR_MS);
});

/** Zone, and a day on which its clocks change or the year has one day more. */
const DAYS: ReadonlyArray<[string, string]> = [
  ["Europe/Berlin", "2026-03-29"],
  ["Europe/Berlin", "2026-10-25"],
  ["America/New_York", "2026-03-08"],
  ["America/New_York", "2026-11-01"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["UTC", "2028-02-29"],
];

describe.each(DAYS)("in %s around %s", (zone, day) => {
  const from = at(`${day}T00:00:00Z`) - 24 * HOUR_MS;
  test.each([
    ["* * * * *", 60_000],
    ["*/20 * * * * *", 20_000],
    ["0 * * * *", HOUR_MS],
  ])("%s leaves no gap", (expression, interval) => {
    const schedule = new Schedule(expression, zone);
    let tick = schedule.next(from) ?? 0;
    for (let left = (8 * HOUR_MS) / interval; left > 0; left -= 1) {
      for (const hours of [0, 20, 28]) {
        const before = tick + hours * HOUR_MS;
        expect((schedule.next(before) ?? Infinity) - before).toBeLessThanOrEqual(interval);
      }
      tick = schedule.next(tick) ?? 0;
    }
  });
});
