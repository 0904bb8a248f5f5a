import * as fc from "fast-check";
import { expect, test } from "vitest";

import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  isoTime,
  sentence,
  sparkline,
} from "../../src/ops/format.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [12345, "12 345"],
  [-1234567, "-1 234 567"],
])("count %s is %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [0, "0 ms"],
  [850.9, "850 ms"],
  [3000, "3 s"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h"],
  [3_605_000, "1 h"],
  [15_000_000, "4 h 10 min"],
  [266_400_000, "3 d 2 h"],
  [86_400_000 * 12_345, "12 345 d"],
  [-3000, "-3 s"],
  [Number.NaN, "unknown"],
])("%s ms last %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, "just now"],
  [-999, "just now"],
  [40_900, "40 s ago"],
  [7_199_000, "1 h ago"],
  [-60_000, "in 1 min"],
  [Infinity, "never"],
])("%s ms of age are %s", (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [1023, "1 023 B"],
  [1536, "1.5 KiB"],
  [1024 ** 3, "1 GiB"],
  [2 ** 60, "1 048 576 TiB"],
])("%s bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("a rate needs time to have passed", () => {
  expect([formatRate(5, 0), formatRate(2500, 2000), formatRate(3, 10_000)]).toEqual([
    "-",
    "1 250/s",
    "0.3/s",
  ]);
});

test("only a whole is 100 %", () => {
  expect([0.9999, 1, 0.934].map(formatShare)).toEqual(["99.9 %", "100 %", "93.4 %"]);
});

test("a sparkline starts at 0, shows a gap for what is none, and is as long as its numbers", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([7, null, 7, Number.NaN])).toBe("█ █ ");
  expect(sparkline([-7, 0])).toBe("▁█");
  expect([sparkline([]), sparkline([0, 0])]).toEqual(["", "▁▁"]);
  fc.assert(fc.property(fc.array(fc.double()), (values) => sparkline(values).length === values.length));
});

test.each([
  [Date.UTC(2026, 0, 2, 3, 4, 5, 6), "2026-01-02T03:04:05.006Z"],
  [-62_135_596_800_000, "0001-01-01T00:00:00.000Z"],
  [-210_866_803_200_000, "-004713-11-24T00:00:00.000Z"],
  // The last moment of Postgres is later than that of JavaScript.
  [9_224_318_015_999_998, null],
  [Infinity, null],
  [Number.NaN, null],
])("%s ms since the epoch are %s", (ms, text) => {
  expect(isoTime(ms)).toBe(text);
});

test.each([
  ["", ""],
  ["the list ended", "The list ended."],
  ["Why?", "Why?"],
])("%j as a sentence is %j", (text, whole) => {
  expect(sentence(text)).toBe(whole);
});
