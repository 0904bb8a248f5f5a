import { describe, expect, test } from "vitest";
import { coverageOf, edgeOf } from "../../src/core/coverage.ts";
import type { Range } from "../../src/core/coverage.ts";
import { confirmedIndices, isSorted, soundIndices } from "../../src/core/page.ts";
import { pageAt } from "../support/pages.ts";

/** Strictly between two rows. */
function between(from: number, before: number): Range {
  return { from: { createdAt: from, inclusive: false }, before };
}

describe("coverageOf", () => {
  test("a page covers strictly between its second and its last but one row, which others confirm on both sides", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 c3 d4 e5"))).toEqual({
      ranges: [between(2, 4)],
      alsoSeen: [],
      gaps: 0,
    });
  });
  test("the first page covers from the beginning", () => {
    expect(coverageOf(null, pageAt(0, "a1 b2 c3")).ranges).toEqual([{ from: null, before: 2 }]);
  });
  test("the last page covers to the end", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2", 10, 7)).ranges).toEqual([
      { from: { createdAt: 2, inclusive: false }, before: null },
    ]);
    expect(coverageOf(null, pageAt(0, "a1", 10, 1)).ranges).toEqual([{ from: null, before: null }]);
  });
  test("a page of ties alone, or of too few rows, covers nothing", () => {
    expect(coverageOf(null, pageAt(5, "a1 b1 c1 d1")).ranges).toEqual([]);
    expect(coverageOf(null, pageAt(5, "a1 b2 c3")).ranges).toEqual([]);
  });
  test("a group of ties that began on the page before is covered together with what that showed of it", () => {
    const edge = { createdAt: 3, ids: ["x", "y"] };
    const covered = { from: { createdAt: 3, inclusive: true }, before: 5 };
    expect(coverageOf(edge, pageAt(5, "y3 z3 a4 b5 c6"))).toEqual({
      ranges: [covered],
      alsoSeen: ["x", "y"],
      gaps: 0,
    });
    expect(coverageOf(edge, pageAt(5, "w2 z3 a4 b5 c6"))).toMatchObject({ ranges: [covered] });
  });
  test("a first row that the page before has confirmed needs no neighbour", () => {
    const edge = { createdAt: 3, ids: ["x", "y"] };
    const inclusive = { from: { createdAt: 3, inclusive: true }, before: 4 };
    expect(coverageOf(edge, pageAt(5, "y3 a4 b5"))).toMatchObject({
      ranges: [inclusive],
      alsoSeen: ["x", "y"],
    });
    expect(coverageOf(edge, pageAt(5, "z3 a4 b5"))).toMatchObject({ ranges: [] });
    expect(coverageOf(edge, pageAt(5, "y2 a4 b5"))).toMatchObject({ ranges: [] });
  });
  test("an edge elsewhere does not matter", () => {
    const edge = { createdAt: 2, ids: ["x"] };
    expect(coverageOf(edge, pageAt(5, "y3 z3 a4 b5"))).toMatchObject({
      ranges: [between(3, 4)],
      alsoSeen: [],
    });
  });
  test("a row without an id may be any row between its neighbours, and costs the proof there only", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 c3 - d4 e5 f6"))).toEqual({
      ranges: [between(2, 3), between(4, 5)],
      alsoSeen: [],
      gaps: 1,
    });
  });
  test("at the list's ends, such a row may lie beyond them", () => {
    expect(coverageOf(null, pageAt(0, "- b2 c3 d4")).ranges).toEqual([between(2, 3)]);
    expect(coverageOf(null, pageAt(0, "a1 b2 -", 10, 3)).ranges).toEqual([{ from: null, before: 2 }]);
  });
  test("several such rows together are one gap", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 - - c4 d5")).gaps).toBe(1);
  });
  test("a row whose id is known is listed, wherever it belongs, and costs no proof", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 x- c3 d4"))).toMatchObject({ ranges: [between(2, 3)], gaps: 0 });
    expect(coverageOf(null, pageAt(0, "x- c3 y-", 10, 3)).ranges).toEqual([{ from: null, before: null }]);
  });
  test("a list of nothing but such rows has no others", () => {
    expect(coverageOf(null, pageAt(0, "x- y-", 10, 2)).ranges).toEqual([{ from: null, before: null }]);
    expect(coverageOf(null, pageAt(0, "x- -", 10, 2)).ranges).toEqual([]);
  });
  test("rows that contradict each other cost the proof between their sound neighbours", () => {
    expect(coverageOf(null, pageAt(5, "z0 a1 b2 d5 c4 e6 f7 g8"))).toEqual({
      ranges: [between(1, 2), between(6, 7)],
      alsoSeen: [],
      gaps: 1,
    });
  });
  test("a row out of order with one that the page does not show costs nothing else", () => {
    // Between them the list has b9, before the first page's end, and a8, behind the second one's beginning.
    expect(coverageOf(null, pageAt(5, "x1 y2 z3 b9")).ranges).toEqual([between(2, 3)]);
    expect(coverageOf(null, pageAt(9, "a3 c10 d11 e12")).ranges).toEqual([between(10, 11)]);
  });
  test("an empty page proves absence only when the list is empty", () => {
    expect(coverageOf(null, pageAt(0, "", 10, 0))).toEqual({
      ranges: [{ from: null, before: null }],
      alsoSeen: [],
      gaps: 0,
    });
    expect(coverageOf(null, pageAt(0, "")).ranges).toEqual([]);
    expect(coverageOf(null, pageAt(5, "", 10, 5)).ranges).toEqual([]);
  });
});

describe("edgeOf", () => {
  test("holds the ties of the last but one row when the page shows where they begin", () => {
    expect(edgeOf(null, pageAt(5, "z0 a1 b2 c2 d2"))).toEqual({ createdAt: 2, ids: ["b", "c", "d"] });
    expect(edgeOf(null, pageAt(5, "z0 a1 b2 c2 d3"))).toEqual({ createdAt: 2, ids: ["b", "c"] });
    expect(edgeOf(null, pageAt(0, "b2 c2"))).toEqual({ createdAt: 2, ids: ["b", "c"] });
  });
  test("is unknown in the middle of a group whose beginning was not shown", () => {
    expect(edgeOf(null, pageAt(5, "b2 c2 d2"))).toBeNull();
    expect(edgeOf({ createdAt: 1, ids: ["a"] }, pageAt(5, "b2 c2 d2"))).toBeNull();
  });
  test("grows over the pages of a long group", () => {
    const edge = { createdAt: 2, ids: ["a", "b"] };
    expect(edgeOf(edge, pageAt(5, "b2 c2 d2"))).toEqual({ createdAt: 2, ids: ["a", "b", "c", "d"] });
  });
  test("holds rows without createdAt, which may be of the group", () => {
    expect(edgeOf(null, pageAt(0, "b2 x- c2"))).toEqual({ createdAt: 2, ids: ["b", "x", "c"] });
  });
  test("is lost with a row that may be any of the group, and on an empty page", () => {
    expect(edgeOf({ createdAt: 2, ids: ["a"] }, pageAt(5, "a2 - b2 c2"))).toBeNull();
    expect(edgeOf(null, pageAt(5, "a1 b2 -"))).toBeNull();
    expect(edgeOf({ createdAt: 2, ids: ["a"] }, pageAt(5, ""))).toBeNull();
  });
});

describe("isSorted", () => {
  test.each([
    ["", true],
    ["a1 b1 c2", true],
    ["b2 a1", false],
    ["a1 - b2", true],
    ["b2 - a1", false],
  ])("%j: %s", (rows, expected) => expect(isSorted(pageAt(0, rows))).toBe(expected));
});

describe("soundIndices", () => {
  test.each([
    ["a1 b2 c2", [0, 1, 2]],
    ["a1 d5 c4 e6", [0, 3]],
    ["a1 z9 c2 d3 e4", [0]],
    ["a1 - x- b2", [0, 3]],
    ["", []],
  ])("%j: %j", (rows, expected) => expect(soundIndices(pageAt(0, rows))).toEqual(expected));
});

test("rows at a page's ends are not confirmed, but at the list's ends they are", () => {
  const rows = "a1 b2 c3 d4";
  expect(confirmedIndices(pageAt(5, rows))).toEqual([1, 2]);
  expect(confirmedIndices(pageAt(0, rows))).toEqual([0, 1, 2]);
  expect(confirmedIndices(pageAt(5, rows, 10, 9))).toEqual([1, 2, 3]);
});
