import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseHttpDate, parseInstant } from "../../src/core/instant.ts";

const time = fc.date({
  min: new Date("0001-01-01T00:00:00.000Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

describe("parseInstant", () => {
  test("reads every millisecond of the years 1 to 9999 as the platform does", () => {
    fc.assert(
      fc.property(time, (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  test("knows each day of four centuries, and no 30 February", () => {
    const wrong: string[] = [];
    for (let year = 1900; year <= 2300; year++) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 1; day <= 31; day++) {
          const text = `${year}-${two(month)}-${two(day)}T00:00:00Z`;
          const date = new Date(Date.UTC(year, month - 1, day));
          if (parseInstant(text) !== (date.getUTCDate() === day ? date.getTime() : null)) wrong.push(text);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ["2026-01-01T00:00:00Z", 0],
    ["2026-01-01T00:00:00.5Z", 500],
    ["2026-01-01T00:00:00.07Z", 70],
    ["2026-01-01T00:00:00.123456Z", 123],
    [`2026-01-01T00:00:00.${"9".repeat(400)}Z`, 999],
  ])("reads %s with its fraction", (text, ms) => {
    expect(parseInstant(text)).toBe(Date.UTC(2026, 0, 1) + ms);
  });

  test.each([
    "",
    "2026-01-01",
    "0000-01-01T00:00:00.000Z",
    "2026-00-01T00:00:00.000Z",
    "2026-13-01T00:00:00.000Z",
    "2026-01-00T00:00:00.000Z",
    "2025-02-29T00:00:00.000Z",
    "2026-01-01T24:00:00.000Z",
    "2026-01-01T23:60:00.000Z",
    "2026-01-01T23:59:60.000Z",
    "2026-01-01T00:00:00.000",
    "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00.00xZ",
    "2026-01-01T00:00:00.0000xZ",
    "2026-01-01T00:00:00.000+00:00",
    "2026-01-01 00:00:00.000Z",
    "2026-01-01t00:00:00.000z",
    "+002026-01-01T00:00:00.000Z",
    " 2026-01-01T00:00:00.000Z",
    "２026-01-01T00:00:00.000Z",
  ])("%j is no time", (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe("parseHttpDate", () => {
  test("reads what the platform prints", () => {
    fc.assert(
      fc.property(time, (date) => {
        expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000);
      }),
    );
  });

  test.each([
    "",
    "now",
    "Thu, 32 Jan 2026 12:00:07 GMT",
    "Thu, 01 Foo 2026 12:00:07 GMT",
    "2026-01-01T00:00:00Z",
  ])("%j is no HTTP date", (text) => {
    expect(parseHttpDate(text)).toBeNull();
  });
});

function two(number: number): string {
  return String(number).padStart(2, "0");
}
