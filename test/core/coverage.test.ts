import { describe, expect, test } from "vitest";
import { coverageOf, edgeOf, isSorted } from "../../src/core/coverage.ts";
import type { Page } from "../../src/core/page.ts";

function pageAt(offset: number, text: string): Page {
  const rows = text
    .split(" ")
    .filter(Boolean)
    .map((row) => (row === "-" ? null : { id: row.slice(0, 1), createdAt: Number(row.slice(1)) }));
  return { offset, limit: 10, total: 100, rows };
}

describe("coverageOf", () => {
  test("the first page covers from the beginning to before its last row", () => {
    expect(coverageOf(null, pageAt(0, "a1 b2"), false)).toEqual({ from: null, before: 2, alsoSeen: [] });
  });
  test("a page inside covers strictly between its first and last createdAt, for ties may lie around it", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2 c3"), false)).toEqual({
      from: { createdAt: 1, inclusive: false },
      before: 3,
      alsoSeen: [],
    });
  });
  test("the last page covers to the end", () => {
    expect(coverageOf(null, pageAt(5, "a1 b2"), true)).toMatchObject({ before: null });
  });
  test("a group of ties that began on the page before is covered together with what that showed of it", () => {
    const edge = { createdAt: 3, ids: ["x", "y"] };
    expect(coverageOf(edge, pageAt(5, "y3 z3 a4"), false)).toEqual({
      from: { createdAt: 3, inclusive: true },
      before: 4,
      alsoSeen: ["x", "y"],
    });
  });
  test("an edge elsewhere does not matter", () => {
    const edge = { createdAt: 2, ids: ["x"] };
    expect(coverageOf(edge, pageAt(5, "y3 a4"), false)).toMatchObject({ alsoSeen: [] });
  });
  test("an unreadable row may be any row", () => {
    expect(coverageOf(null, pageAt(0, "a1 - b2"), true)).toBeNull();
  });
  test("an empty page proves absence only when the list is empty", () => {
    expect(coverageOf(null, pageAt(0, ""), true)).toEqual({ from: null, before: null, alsoSeen: [] });
    expect(coverageOf(null, pageAt(0, ""), false)).toBeNull();
    expect(coverageOf(null, pageAt(5, ""), true)).toBeNull();
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
  test("is lost with an unreadable row and on an empty page", () => {
    expect(edgeOf({ createdAt: 2, ids: ["a"] }, pageAt(5, "a2 - b2"))).toBeNull();
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
