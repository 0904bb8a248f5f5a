import { describe, expect, test } from "vitest";
import { coverageOf, edgeOf } from "../../src/core/coverage.ts";
import type { Range } from "../../src/core/coverage.ts";
import { isSorted, soundIndices } from "../../src/core/page.ts";
import { pageAt } from "../support/pages.ts";

/** Strictly between two rows. */
function between(from: number, before: number): Range {
  return { from: { createdAt: from, inclusive: false }, before };
}

describe("coverageOf", () => {
  test("the first page covers from the beginning to before its last row", () => {
    expect(coverageOf(null, pageAt(0, "a1 b2"), false)).toEqual({
      ranges: [{ from: null, before: 2 }],
      alsoSeen: [],
      gaps: 0,
    });
  });
  test("a page inside covers strictly between its first and last createdAt, for ties may lie around it", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 c3"), false)).toEqual({
      ranges: [between(1, 3)],
      alsoSeen: [],
      gaps: 0,
    });
  });
  test("the last page covers to the end", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2"), true).ranges).toMatchObject([{ before: null }]);
  });
  test("a page of ties alone covers nothing", () => {
    expect(coverageOf(null, pageAt(5, "a1 b1"), false).ranges).toEqual([]);
  });
  test("a group of ties that began on the page before is covered together with what that showed of it", () => {
    const edge = { createdAt: 3, ids: ["x", "y"] };
    expect(coverageOf(edge, pageAt(5, "y3 z3 a4"), false)).toEqual({
      ranges: [{ from: { createdAt: 3, inclusive: true }, before: 4 }],
      alsoSeen: ["x", "y"],
      gaps: 0,
    });
  });
  test("an edge elsewhere does not matter", () => {
    const edge = { createdAt: 2, ids: ["x"] };
    expect(coverageOf(edge, pageAt(5, "y3 a4"), false)).toMatchObject({
      ranges: [between(3, 4)],
      alsoSeen: [],
    });
  });
  test("a row without an id may be any row between its neighbours, and costs the proof there only", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 - c4 d5"), false)).toEqual({
      ranges: [between(1, 2), between(4, 5)],
      alsoSeen: [],
      gaps: 1,
    });
  });
  test("at the page's ends, such a row may lie beyond them", () => {
    expect(coverageOf(null, pageAt(0, "- b2 c3"), false).ranges).toEqual([between(2, 3)]);
    expect(coverageOf(null, pageAt(0, "a1 b2 -"), true).ranges).toEqual([{ from: null, before: 2 }]);
  });
  test("several such rows in a row are one gap", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 - - c4 d5"), false).gaps).toBe(1);
  });
  test("a row whose id is known is listed, wherever it belongs, and costs no proof", () => {
    expect(coverageOf(null, pageAt(5, "a1 x- c3"), false)).toMatchObject({
      ranges: [between(1, 3)],
      gaps: 0,
    });
    expect(coverageOf(null, pageAt(0, "x- c3 y-"), true)).toMatchObject({
      ranges: [{ from: null, before: null }],
    });
  });
  test("rows that contradict each other cost the proof between their sound neighbours", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 d5 c4 e6 f7"), false)).toEqual({
      ranges: [between(1, 2), between(6, 7)],
      alsoSeen: [],
      gaps: 1,
    });
  });
  test("an empty page proves absence only when the list is empty", () => {
    expect(coverageOf(null, pageAt(0, ""), true)).toEqual({
      ranges: [{ from: null, before: null }],
      alsoSeen: [],
      gaps: 0,
    });
    expect(coverageOf(null, pageAt(0, ""), false).ranges).toEqual([]);
    expect(coverageOf(null, pageAt(5, ""), true).ranges).toEqual([]);
  });
});

describe("edgeOf", () => {
  test("holds the ties of the last row when the page shows where they begin", () => {
    expect(edgeOf(null, pageAt(5, "a1 b2 c2"))).toEqual({ createdAt: 2, ids: ["b", "c"] });
    expect(edgeOf(null, pageAt(0, "b2 c2"))).toEqual({ createdAt: 2, ids: ["b", "c"] });
  });
  test("is unknown in the middle of a group whose beginning was not shown", () => {
    expect(edgeOf(null, pageAt(5, "b2 c2"))).toBeNull();
    expect(edgeOf({ createdAt: 1, ids: ["a"] }, pageAt(5, "b2 c2"))).toBeNull();
  });
  test("grows over the pages of a long group", () => {
    const edge = { createdAt: 2, ids: ["a", "b"] };
    expect(edgeOf(edge, pageAt(5, "b2 c2"))).toEqual({ createdAt: 2, ids: ["a", "b", "c"] });
  });
  test("is lost with a row that may be any of the group, and on an empty page", () => {
    expect(edgeOf({ createdAt: 2, ids: ["a"] }, pageAt(5, "a2 - b2"))).toBeNull();
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
