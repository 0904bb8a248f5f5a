import { describe, expect, test } from "vitest";

import {
  LIST_START,
  afterProbe,
  beginSearch,
  firstBoundary,
  lastBoundary,
  nextProbe,
} from "../../src/core/search.ts";
import type { Boundary, Probe, Stretch } from "../../src/core/search.ts";
import { pageAt } from "../support/pages.ts";

function at(offset: number, createdAt: number): Boundary {
  return { offset, createdAt };
}

function stretch(from: Boundary, to: Boundary, growth: number): Stretch {
  return { from, to, growth };
}

describe("the places that a page shows", () => {
  test.each([
    ["where the list begins", 0, "b2 c3", LIST_START],
    ["behind its first group of ties, which may begin before it", 5, "a1 b1 c2 d3", at(7, 2)],
    ["beside a row that may be any", 5, "a1 - c2 d3", at(7, 2)],
    ["not where rows are out of order", 5, "a1 c3 b2 d4 e5", at(8, 4)],
    ["nowhere on a page of ties", 5, "a1 b1", null],
    ["nowhere on an empty page", 5, "", null],
  ])("first: %s", (_, offset, rows, expected) => {
    expect(firstBoundary(pageAt(offset, rows))).toEqual(expected);
  });

  test.each([
    ["before its last group of ties, which may go on behind it", 5, "a1 b2 c3 d3", at(7, 3)],
    ["nowhere on a page of ties, even at the beginning of the list", 0, "a1 b1", null],
  ])("last: %s", (_, offset, rows, expected) => {
    expect(lastBoundary(pageAt(offset, rows))).toEqual(expected);
  });
});

describe("the next probe", () => {
  const left = stretch(LIST_START, at(50, 500), 3);
  const right = stretch(at(50, 500), at(100, 1000), 7);

  test("asks in the middle of the stretch whose shift grows most", () => {
    expect(nextProbe({ stretches: [left, right], unexplained: 10 }, 10, [])).toEqual({
      stretch: right,
      offset: 70,
    });
  });
  test("asks where something was found before", () => {
    expect(nextProbe({ stretches: [left, right], unexplained: 10 }, 10, [20, 90])?.offset).toBe(85);
  });
  test("shows a short stretch whole, with its ends", () => {
    const short = stretch(at(50, 500), at(55, 550), 1);
    expect(nextProbe({ stretches: [short], unexplained: 1 }, 10, [50])?.offset).toBe(47);
  });
  test("looks for rows that the mirror lacks where the shift falls", () => {
    const lacking = stretch(at(50, 500), at(100, 1000), -2);
    expect(nextProbe({ stretches: [left, lacking], unexplained: -2 }, 10, [])?.stretch).toBe(lacking);
  });
  test("is none when no stretch could explain what is left", () => {
    expect(nextProbe({ stretches: [left], unexplained: -1 }, 10, [])).toBeNull();
    expect(nextProbe({ stretches: [], unexplained: 5 }, 10, [])).toBeNull();
  });
  test("never asks before the list", () => {
    expect(
      nextProbe({ stretches: [stretch(LIST_START, at(3, 30), 1)], unexplained: 1 }, 10, [])?.offset,
    ).toBe(0);
  });
});

test("what a probe leaves is searched on, and what it has shown is explained", () => {
  const whole = beginSearch(at(100, 1000), 10, 10);
  const probe: Probe = { stretch: whole.stretches[0] ?? stretch(LIST_START, LIST_START, 0), offset: 45 };
  const rest = { left: stretch(LIST_START, at(46, 460), 2), right: stretch(at(54, 540), at(100, 1000), 4) };
  expect(afterProbe(whole, probe, rest)).toEqual({ stretches: [rest.left, rest.right], unexplained: 6 });
  expect(afterProbe(whole, probe, { left: null, right: null })).toEqual({ stretches: [], unexplained: 0 });
});
