import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { coverageOf } from "../../src/core/coverage.ts";
import type { Listed, Page } from "../../src/core/page.ts";
import {
  LIST_START,
  afterProbe,
  allBoundariesOf,
  beginSearch,
  boundariesOf,
  isFullPassCheaper,
  nextProbe,
  remainderAfter,
  splitBy,
  stretchOf,
} from "../../src/core/search.ts";
import type { Boundary, Part, Probe, Search, Stretch } from "../../src/core/search.ts";
import { pageAt } from "../support/pages.ts";

function at(offset: number, createdAt: number): Boundary {
  return { offset, createdAt };
}

function stretch(from: Boundary, to: Boundary, growth: number): Stretch {
  return { from, to, growth };
}

const END = at(100, 1000);

/** A search under way: `unexplained` of what there was when it began. */
function searching(stretches: readonly Stretch[], unexplained: number, more: Partial<Search> = {}): Search {
  const begun = beginSearch(END, unexplained, unexplained, { limit: 10, requestsMax: 20, hints: [] });
  return { ...begun, stretches, ...more };
}

describe("the places that a page shows", () => {
  test.each([
    ["between groups of ties that others confirm", 5, "a0 b1 c1 d2 e3 f4", [at(8, 2), at(9, 3)]],
    ["where the list begins", 0, "b2 c3 d4", [LIST_START, at(1, 3)]],
    ["beside a row that may be any", 5, "a0 b1 - c2 d3", [at(8, 2)]],
    ["not where rows are out of order", 5, "z0 a1 c3 b2 d4 e5 f6", [at(9, 4), at(10, 5)]],
    ["nowhere on a page of ties", 5, "a1 b1 c1 d1", []],
    ["nowhere on an empty page", 5, "", []],
  ])("%s", (_, offset, rows, expected) => {
    expect(boundariesOf(pageAt(offset, rows))).toEqual(expected);
  });

  test("at its ends, where that will do", () => {
    expect(allBoundariesOf(pageAt(5, "a1 b2 c3"))).toEqual([at(6, 2), at(7, 3)]);
  });
});

describe("the next probe", () => {
  const left = stretch(LIST_START, at(50, 500), 3);
  const right = stretch(at(50, 500), END, 4);

  test("asks in the middle of the stretch whose shift grows most", () => {
    expect(nextProbe(searching([left, right], 10))).toEqual({ stretch: right, offset: 70 });
  });
  test("asks at the beginning of few pages that all have something to find", () => {
    const dense = stretch(at(50, 500), END, 5);
    expect(nextProbe(searching([left, dense], 10, { hints: [90] }))).toEqual({ stretch: dense, offset: 47 });
  });
  test("asks where something was found before", () => {
    expect(nextProbe(searching([left, right], 10, { hints: [20, 90] }))?.offset).toBe(85);
  });
  test("shows a short stretch whole, with its ends", () => {
    const short = stretch(at(50, 500), at(53, 530), 1);
    expect(nextProbe(searching([short], 1, { hints: [50] }))?.offset).toBe(46);
  });
  test("looks for rows that the mirror lacks where the shift falls", () => {
    const lacking = stretch(at(50, 500), END, -2);
    expect(nextProbe(searching([left, lacking], -2))?.stretch).toBe(lacking);
  });
  test("is none when all is explained, or when more was found than there was: that moved meanwhile", () => {
    expect(nextProbe(searching([left], 0))).toBeNull();
    expect(nextProbe(searching([left], -1, { begun: 2 }))).toBeNull();
  });
  test("is none when no stretch could explain what is left, or the requests are spent", () => {
    expect(nextProbe(searching([left], -1))).toBeNull();
    expect(nextProbe(searching([left], 3, { requests: 20 }))).toBeNull();
  });
  test("splits the longest stretch where rows that cannot be mirrored hide as many that are gone", () => {
    const even = stretch(at(40, 400), END, 0);
    const search = searching([stretch(LIST_START, at(40, 400), 0), even], 1, { isHiding: true });
    expect(nextProbe(search)?.stretch).toBe(even);
  });
});

describe("what the page of a probe makes of its stretch", () => {
  const probe: Probe = { stretch: stretch(at(10, 100), at(90, 900), 5), offset: 48 };

  test("is three parts", () => {
    const page = pageAt(48, "a4 b5 c6 d7 e8 f9");
    const times = {
      ...page,
      rows: page.rows.map((row) => ({ id: row.id ?? "", createdAt: Number(row.createdAt) * 100 })),
    };
    expect(splitBy(probe, times)).toEqual({
      left: { from: at(10, 100), to: at(50, 600) },
      shown: { from: at(50, 600), to: at(52, 800) },
      right: { from: at(52, 800), to: at(90, 900) },
    });
  });
  test("is nothing where the page shows ties, or what lies elsewhere", () => {
    expect(splitBy(probe, pageAt(48, "a5 b5 c5 d5"))).toBeNull();
    expect(splitBy(probe, pageAt(48, "a1 b2 c3 d4"))).toBeNull();
  });
  test("grows by the rows that the mirror has and the list lacks", () => {
    expect(stretchOf({ from: at(10, 100), to: at(50, 500) }, 43).growth).toBe(3);
  });
});

describe("after a probe", () => {
  const whole = stretch(LIST_START, END, 10);
  const probe: Probe = { stretch: whole, offset: 45 };
  const left = stretch(LIST_START, at(46, 460), 2);
  const right = stretch(at(54, 540), END, 4);
  const found = { isFind: true, limit: 10 };

  test("the rest is searched on, and what was found is explained and remembered", () => {
    const after = afterProbe(searching([whole], 10), probe, { left, shown: null, right }, found);
    expect(after).toMatchObject({ stretches: [left, right], unexplained: 6, requests: 1, hints: [50] });
  });
  test("what was shown and still differs is not explained", () => {
    const shown = stretch(at(46, 460), at(54, 540), 1);
    const after = afterProbe(searching([whole], 10), probe, { left, shown, right }, found);
    expect(after.unexplained).toBe(7);
  });
  test("a stretch of which the page told nothing is given up", () => {
    const after = afterProbe(searching([whole], 10), probe, null, { isFind: false, limit: 10 });
    expect(after).toMatchObject({ stretches: [], unexplained: 10, hints: [] });
  });
  test("few places are remembered, each once, where most was found first", () => {
    const search = searching([whole], 10, { hints: [90, 48, 20] });
    const split = { left, shown: null, right };
    expect(afterProbe(search, probe, split, found)).toMatchObject({ hints: [50, 90], largestFind: 4 });
    const more = { ...search, largestFind: 5 };
    expect(afterProbe(more, probe, split, found)).toMatchObject({ hints: [90, 50], largestFind: 5 });
  });
});

describe("what remains", () => {
  const rest = stretch(at(50, 500), END, 0);
  test.each([
    ["is remembered when all was looked at", searching([rest], 2, { hasFound: true }), 3],
    [
      "is remembered when the requests were spent in vain",
      searching([{ ...rest, growth: 2 }], 2, { requests: 20 }),
      3,
    ],
    [
      "is not when something was found and there is more to look at",
      searching([{ ...rest, growth: 2 }], 2, { requests: 20, hasFound: true }),
      1,
    ],
    ["is not when the list moved meanwhile", searching([{ ...rest, growth: -1 }], 2, { hasFound: true }), 1],
    ["is none when all is explained", searching([], 0, { begun: 5, hasFound: true }), 1],
  ])("%s", (_, search, expected) => {
    expect(remainderAfter(search, 1)).toBe(expected);
  });

  test("is left to a full pass when that takes fewer requests", () => {
    const search = searching([stretch(LIST_START, END, 80)], 80, {
      begun: 100,
      requests: 20,
      hasFound: true,
    });
    expect(isFullPassCheaper(search, 500)).toBe(true);
    expect(isFullPassCheaper(search, 1000)).toBe(false);
    expect(isFullPassCheaper({ ...search, requestsMax: 21 }, 500)).toBe(false);
    // What expired lay together, and tells nothing of what is scattered.
    expect(isFullPassCheaper({ ...search, largestFind: 15 }, 1000)).toBe(true);
  });
});

/** Asks for the pages of a search until it ends; `live` are the ids of the mirror's rows of `all`. */
function searchThrough(
  all: readonly Listed[],
  list: readonly Listed[],
  live: Set<string>,
  limit: number,
): Search {
  const count = ({ from, to }: Part) =>
    all.filter(({ id, createdAt }) => live.has(id) && createdAt >= from.createdAt && createdAt < to.createdAt)
      .length;
  const to = at(list.length, Infinity);
  const growth = live.size - list.length;
  let search = beginSearch(to, growth, growth, { limit, requestsMax: 1000, hints: [] });
  for (let probe = nextProbe(search); probe !== null; probe = nextProbe(search)) {
    const { offset } = probe;
    const page: Page = { offset, limit, total: list.length, rows: list.slice(offset, offset + limit) };
    const isFind = commit(all, page, live);
    const split = splitBy(probe, page);
    const measure = (part: Part | null) => part && stretchOf(part, count(part));
    const measured = split && {
      left: measure(split.left),
      shown: measure(split.shown),
      right: measure(split.right),
    };
    search = afterProbe(search, probe, measured, { isFind, limit });
  }
  return search;
}

function commit(all: readonly Listed[], page: Page, live: Set<string>): boolean {
  const before = [...live].join();
  const { ranges } = coverageOf(null, page);
  const isIn = (createdAt: number) =>
    ranges.some(
      ({ from, before: end }) => createdAt > (from?.createdAt ?? -Infinity) && createdAt < (end ?? Infinity),
    );
  for (const { id, createdAt } of all) if (isIn(createdAt)) live.delete(id);
  for (const { id } of page.rows) if (id !== null) live.add(id);
  return [...live].join() !== before;
}

test("all that is gone from a list at rest is found, in about as many requests as halving takes", () => {
  const gone = fc.uniqueArray(fc.nat(799), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(gone, fc.integer({ min: 10, max: 40 }), (indices, limit) => {
      const all = Array.from({ length: 800 }, (_, index) => ({ id: `r${index}`, createdAt: index * 10 }));
      const list = all.filter((_, index) => !indices.includes(index));
      const live = new Set(all.map(({ id }) => id));
      const { requests } = searchThrough(all, list, live, limit);
      expect(live).toEqual(new Set(list.map(({ id }) => id)));
      expect(requests).toBeLessThanOrEqual(indices.length * (Math.ceil(Math.log2(800 / limit)) + 2) + 1);
    }),
  );
});

test("rows that the mirror lacks are found as well", () => {
  const lacking = fc.uniqueArray(fc.nat(799), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lacking, fc.integer({ min: 10, max: 40 }), (indices, limit) => {
      const list = Array.from({ length: 800 }, (_, index) => ({ id: `r${index}`, createdAt: index * 10 }));
      const live = new Set(list.filter((_, index) => !indices.includes(index)).map(({ id }) => id));
      searchThrough(list, list, live, limit);
      expect(live.size).toBe(800);
    }),
  );
});
