import { describe, expect, test } from "vitest";

import { afterRecheck, beginRecheck, recheckOffset, referenceOf } from "../../src/core/recheck.ts";
import { pageAt } from "../support/pages.ts";

describe("where to look again", () => {
  test("is a little before the row's rank, so that the rows behind it are on the page", () => {
    expect(recheckOffset(beginRecheck([5], 1000), 500, 100)).toBe(490);
    expect(recheckOffset(beginRecheck([5], 1000), 3, 100)).toBe(0);
  });
  test("is not behind the list's end, however many gone rows the mirror counts before it", () => {
    expect(recheckOffset(beginRecheck([5], 300), 900, 100)).toBe(250);
  });
  test("is off by what the last page was off", () => {
    expect(recheckOffset({ ...beginRecheck([5], 1000), shift: 40 }, 500, 100)).toBe(450);
  });
  test("is half a page before it at the second try", () => {
    expect(recheckOffset({ ...beginRecheck([5], 1000), isRetry: true }, 500, 100)).toBe(450);
  });
});

describe("after a page", () => {
  const page = pageAt(50, "a2 b3 c4 d6 e8 f9");

  test("all rows whose place it has shown are done with", () => {
    expect(afterRecheck(beginRecheck([5, 7, 9], 1000), page, 53)).toEqual({
      due: [9],
      shown: [5, 7],
      shift: -1,
      total: 1000,
      isRetry: false,
    });
  });
  test("that missed the row, it is asked for once more, by the shift that the page tells", () => {
    const missed = afterRecheck(beginRecheck([1, 5], 1000), page, 64);
    expect(missed).toMatchObject({ due: [1, 5], shown: [], shift: 10, isRetry: true });
    expect(afterRecheck(missed, page, 64)).toMatchObject({ due: [5], shown: [1], isRetry: false });
  });
  test("of ties, which shows no place, it is asked for once more", () => {
    expect(afterRecheck(beginRecheck([5], 1000), pageAt(50, "a5 b5 c5 d5"), 0)).toMatchObject({
      due: [5],
      isRetry: true,
    });
  });
});

test("the reference is the last place that a page shows, but not where the list begins", () => {
  expect(referenceOf(pageAt(50, "a2 b3 c4 d6 e8 f9"))).toEqual({ offset: 54, createdAt: 8 });
  expect(referenceOf(pageAt(0, "a2 b2"))).toBeNull();
});
