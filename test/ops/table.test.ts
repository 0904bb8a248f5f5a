import * as fc from "fast-check";
import { expect, test } from "vitest";

import { formatTable, widthOf } from "../../src/ops/table.ts";

test("columns stand under each other, whatever the width of their characters", () => {
  const rows = [
    ["name", "items", "act"],
    ["名前", "12 345", "a"],
    ["e\u0301👍", "7", ""],
  ];
  expect(formatTable(rows, ["left", "right"])).toBe("name   items  act\n名前  12 345  a\ne\u0301👍        7");
});

test("rows may be short, and there may be none", () => {
  expect(formatTable([["a"], ["b", "c"]])).toBe("a\nb  c");
  expect(formatTable([])).toBe("");
});

test("a hostile cell stays one printable cell of bounded width", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 }), { minLength: 1 }), (cells) => {
      const lines = formatTable(cells.map((cell) => [cell, "|"])).split("\n");
      expect(lines).toHaveLength(cells.length);
      expect(lines.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(new Set(lines.map((line) => widthOf(line))).size).toBe(1);
      expect(widthOf(lines[0] ?? "")).toBeLessThanOrEqual(63);
    }),
  );
});

test.each([
  ["abc", 3],
  ["名前", 4],
  ["ｆ", 2],
  ["👨‍👩‍👧", 2],
  ["e\u0301", 1],
  ["", 0],
])("%s takes %d columns", (text, width) => {
  expect(widthOf(text)).toBe(width);
});
