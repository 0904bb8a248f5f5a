import { describe, expect, test } from "vitest";
import {
  OVERLAP_MIN,
  START,
  isProven,
  learnOverlap,
  overlapNeeded,
  advanceResumeCursor,
} from "../../src/core/cursor.ts";
import type { Cursor } from "../../src/core/cursor.ts";
import { pageAt } from "../support/pages.ts";

const atD4: Cursor = { offset: 4, anchor: { id: "d", createdAt: 4 } };

describe("isProven", () => {
  test.each([
    ["a page from the beginning of the list", 0, "x9", true],
    ["a page that contains the anchor", 3, "d4 e5", true],
    ["a page that begins strictly before the anchor", 1, "b2 c3 e5", true],
    ["a page with one row before the anchor, which may be out of order", 2, "c3 e5", false],
    ["a page that ends before the anchor", 1, "b2 c3", true],
    ["a page that begins after the anchor", 3, "e5 f6", false],
    ["a page that begins with a tie of the anchor", 3, "x4 e5", false],
    ["a page whose anchor changed its place in the order", 3, "d5 e6", false],
    ["a page whose first readable rows are before the anchor", 1, "- b2 c3 e5", true],
    ["a page that cannot be read", 3, "- -", false],
    ["an empty page", 3, "", false],
  ])("%s", (_, offset, rows, expected) => {
    expect(isProven(atD4, pageAt(offset, rows))).toBe(expected);
  });

  test("without an anchor only the beginning of the list is a proof", () => {
    expect(isProven(START, pageAt(0, "a1"))).toBe(true);
    expect(isProven(START, pageAt(1, "b2"))).toBe(false);
  });
});

describe("overlapNeeded", () => {
  test.each([
    ["nothing moved", 2, "c3 d4 e5", 1],
    ["two rows before the anchor vanished", 1, "d4 e5", 3],
    ["the anchor vanished alone", 2, "c3 e5 f6", 2],
    ["a row came before the anchor", 2, "x2 c3 d4", 0],
    ["the list ends before the anchor", 0, "a1 b2 c3", 2],
    ["the list ends in ties of the anchor, without it", 0, "a1 x4 y4", 4],
  ])("%s", (_, offset, rows, needed) => {
    expect(overlapNeeded(atD4, pageAt(offset, rows))).toBe(needed);
  });

  test.each([
    ["a page ends before the anchor", "a1 b2 c3"],
    ["a page ends in ties of the anchor", "a1 x4 y4"],
  ])("%s and tells nothing", (_, rows) => {
    expect(overlapNeeded(atD4, pageAt(0, rows, 3))).toBe(1);
  });

  test("from the beginning nothing is needed", () => {
    expect(overlapNeeded(START, pageAt(0, "a1"))).toBe(1);
  });
});

describe("learnOverlap", () => {
  test("asks half as much again as was needed", () => expect(learnOverlap(OVERLAP_MIN, 41, 1000)).toBe(62));
  test("forgets slowly", () => expect(learnOverlap(62, 1, 1000)).toBe(46));
  test("of a page or more asks for little more than was needed, and forgets it at once", () => {
    expect(learnOverlap(OVERLAP_MIN, 5000, 1000)).toBe(5250);
    expect(learnOverlap(5250, 1, 1000)).toBe(750);
  });
  test("of less than a page stays within one, so that the page also shows the anchor", () => {
    expect(learnOverlap(OVERLAP_MIN, 900, 1000)).toBe(999);
  });
  test("never falls below the anchor and the row before it", () => {
    expect(learnOverlap(2, 1, 1000)).toBe(OVERLAP_MIN);
    expect(learnOverlap(2, -5, 1000)).toBe(OVERLAP_MIN);
  });
});

describe("advanceResumeCursor", () => {
  test("stops before the first young row", () => {
    expect(advanceResumeCursor(atD4, pageAt(3, "d4 e5 f6 g7"), 5)).toEqual({
      offset: 5,
      anchor: { id: "e", createdAt: 5 },
    });
  });
  test("a row exactly as old as the bound is not young", () => {
    expect(advanceResumeCursor(START, pageAt(0, "a1"), 1)).toEqual({
      offset: 1,
      anchor: { id: "a", createdAt: 1 },
    });
  });
  test("does not trust an old row behind a young one", () => {
    expect(advanceResumeCursor(atD4, pageAt(3, "d4 g7 e5"), 6)).toEqual(atD4);
  });
  test("keeps an unreadable row at its index", () => {
    expect(advanceResumeCursor(atD4, pageAt(3, "d4 - f6"), 9)).toEqual({
      offset: 6,
      anchor: { id: "f", createdAt: 6 },
    });
  });
  test("stays where it is when the page holds young rows only", () => {
    expect(advanceResumeCursor(atD4, pageAt(2, "x3 y9"), 2)).toBe(atD4);
  });
  test("goes back to the start when the whole list is young", () => {
    expect(advanceResumeCursor(atD4, pageAt(0, "x8 y9"), 5)).toEqual(START);
  });
  test("moves back with a list that slid", () => {
    expect(advanceResumeCursor(atD4, pageAt(0, "b2 c3 d4 e9"), 5)).toEqual({
      offset: 3,
      anchor: atD4.anchor,
    });
  });
  test("is not moved by a page that is contiguous with the walk but not with the kept cursor", () => {
    expect(advanceResumeCursor(atD4, pageAt(5, "f6 g7"), 9)).toBe(atD4);
    expect(advanceResumeCursor(START, pageAt(5, "f6 g7"), 9)).toBe(START);
  });
});
