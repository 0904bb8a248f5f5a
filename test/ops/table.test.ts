import * as fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";

import { formatTable } from "../../src/ops/table.ts";

test("columns stand under each other, whatever the width of their characters", () => {
  const rows = [
    ["name", "items", "act"],
    ["名前", "12 345", "a"],
    ["e\u0301👍", "7", ""],
    // Half-width jamo take one column, wide kana of the extensions two.
    ["\uffa1\uffa1", "8", ""],
    ["\u{1b150}\u{1b150}", "9", ""],
  ];
  expect(formatTable(rows, ["left", "right"]).split("\n")).toEqual([
    "name   items  act",
    "名前  12 345  a",
    "e\u0301👍        7",
    "\uffa1\uffa1         8",
    "\u{1b150}\u{1b150}       9",
  ]);
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
      expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
      expect(stringWidth(lines[0] ?? "")).toBeLessThanOrEqual(63);
    }),
  );
});
