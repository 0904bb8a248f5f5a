import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OVERLAP_MIN, START, learnOverlap } from "../../src/core/cursor.ts";
import { beginWalk, verifyPage } from "../../src/core/walk.ts";
import { behind, countTo, listOf, pageOf, walkThrough } from "../support/walks.ts";

describe("a list at rest", () => {
  test("is read from the beginning to a proven end, each page overlapping the one before", () => {
    const list = listOf(...countTo(25));
    const { steps, ids } = walkThrough(beginWalk(), (ask) => pageOf(list, ask, 10));
    expect(ids.size).toBe(25);
    expect(steps.map(({ walk }) => walk.cursor.offset)).toEqual([10, 16, 22, 25]);
    expect(steps.at(-1)).toMatchObject({ kind: "accepted", end: "proven" });
  });

  test("costs one request from a cursor at its end", () => {
    const list = listOf(...countTo(25));
    const { steps } = walkThrough(beginWalk(behind(list, 24)), (ask) => pageOf(list, ask, 10));
    expect(steps).toHaveLength(1);
  });

  test("that is empty costs one request", () => {
    const { steps } = walkThrough(beginWalk(), (ask) => pageOf([], ask, 10));
    expect(steps).toMatchObject([{ end: "proven", coverage: { ranges: [{ from: null, before: null }] } }]);
  });

  test("whose ties fill several pages is read whole, and covered whole", () => {
    const list = listOf(1, 2, ...Array.from({ length: 30 }, () => 3), 4);
    const { steps, ids } = walkThrough(beginWalk(), (ask) => pageOf(list, ask, 4));
    expect(ids.size).toBe(33);
    const covers = steps.map((judged) => (judged.kind === "accepted" ? judged.coverage : null));
    expect(covers.at(-1)).toMatchObject({
      ranges: [{ from: { createdAt: 3, inclusive: true }, before: null }],
    });
    expect(new Set(covers.at(-1)?.alsoSeen).size).toBeGreaterThan(25);
  });
});

describe("a list that slides left between two answers", () => {
  test("is asked earlier by what total lost, and the page that was not proven is thrown away", () => {
    const before = listOf(...countTo(60));
    const after = before.slice(10);
    const { steps, ids } = walkThrough(beginWalk(START), (ask, request) =>
      pageOf(request === 0 ? before : after, ask, 20),
    );
    expect(steps.slice(0, 3).map(({ kind }) => kind)).toEqual(["accepted", "realigned", "accepted"]);
    expect(ids.size).toBe(60);
    expect(steps[1]?.walk.nextOffset).toBe(20 - (10 + OVERLAP_MIN));
  });

  test("is asked half a page back when total hides the slide, and twice as far each time", () => {
    const before = listOf(...countTo(1000));
    const slid = before.slice(400).map(({ id, createdAt }) => ({ id, createdAt }));
    const grown = [...slid, ...countTo(400).map((index) => ({ id: `n${index}`, createdAt: 2000 }))];
    const { steps } = walkThrough(beginWalk(behind(before, 899)), (ask) => pageOf(grown, ask, 100));
    expect(steps.map(({ walk }) => walk.nextOffset).slice(0, 4)).toEqual([846, 746, 546, 146]);
  });

  test("under the anchor's own ties is not believed without the anchor", () => {
    const before = listOf(1, 2, 2, 2, 2, 3);
    const after = before.toSpliced(2, 1);
    const judged = verifyPage(beginWalk(behind(before, 2), 1), pageOf(after, 2, 2));
    expect(judged.kind).toBe("realigned");
  });

  test("is found again by pages of two rows, when the anchor was one of several ties", () => {
    const before = listOf(1, 1, 2, 2, 2, 3);
    const after = before.toSpliced(3, 1);
    const { steps, ids } = walkThrough(beginWalk(behind(before, 3)), (ask) => pageOf(after, ask, 2));
    expect(steps.at(-1)).toMatchObject({ kind: "accepted", end: "proven" });
    expect(ids).toContain("r5");
  });

  test("at an even pace costs one request a tick once the pace is learned", () => {
    let list = listOf(...countTo(500));
    let cursor = behind(list, 399);
    let overlap = OVERLAP_MIN;
    const requests = countTo(10).map((tick) => {
      list = [
        ...list.slice(40),
        ...countTo(40).map((n) => ({ id: `t${tick}n${n}`, createdAt: 500 + tick * 40 + n })),
      ];
      const { steps } = walkThrough(beginWalk(cursor, overlap), (ask) => pageOf(list, ask, 1000));
      const last = steps.at(-1);
      if (last?.kind !== "accepted") throw new Error("the pass ends with an accepted page");
      overlap = learnOverlap(overlap, last.overlapNeeded, 1000);
      cursor = behind(list, 399);
      return steps.length;
    });
    expect(requests).toEqual([2, ...Array.from({ length: 9 }, () => 1)]);
  });

  test("by many pages once costs one request more at the next tick and none after it", () => {
    const list = listOf(...countTo(400));
    let [cursor, overlap] = [behind(list, 399), 350];
    const requests = countTo(4).map(() => {
      const { steps } = walkThrough(beginWalk(cursor, overlap), (ask) => pageOf(list, ask, 10));
      const last = steps.at(-1);
      if (last?.kind !== "accepted") throw new Error("the pass ends with an accepted page");
      overlap = learnOverlap(overlap, last.overlapNeeded, 10);
      ({ cursor } = last.walk);
      return steps.length;
    });
    expect(requests).toEqual([2, 1, 1, 1]);
    expect(overlap).toBe(OVERLAP_MIN);
  });
});

describe("the page length", () => {
  test("is what the server says it used", () => {
    const list = listOf(...countTo(30));
    const { ids } = walkThrough(beginWalk(), (ask, request) => pageOf(list, ask, request % 2 === 0 ? 10 : 4));
    expect(ids.size).toBe(30);
  });

  test("of one row cannot be proven forward, and the walk gives up", () => {
    const list = listOf(...countTo(30));
    const { steps } = walkThrough(beginWalk(), (ask) => pageOf(list, ask, 1));
    expect(steps.at(-1)?.kind).toBe("exhausted");
    expect(steps).toHaveLength(100 + 8 * 30 + 1);
  });

  test("that is hidden does not end the walk before total is reached", () => {
    const list = listOf(...countTo(30));
    const { ids, steps } = walkThrough(beginWalk(), (ask) => ({ ...pageOf(list, ask, 4), limit: 1000 }));
    expect(ids.size).toBe(30);
    expect(steps.at(-1)).toMatchObject({ end: "proven" });
  });
});

describe("the end", () => {
  test("is doubted when total says more though nothing more comes", () => {
    const list = listOf(...countTo(12));
    const { steps, ids } = walkThrough(beginWalk(), (ask) => pageOf(list, ask, 10, 50));
    expect(ids.size).toBe(12);
    expect(steps.at(-1)).toMatchObject({ end: "unconfirmed" });
    expect(steps).toHaveLength(5);
  });

  test("is not believed from total alone: a full page goes on", () => {
    const list = listOf(...countTo(25));
    const { ids } = walkThrough(beginWalk(), (ask) => pageOf(list, ask, 10, 10));
    expect(ids.size).toBe(25);
  });

  test("is looked for again when an empty answer comes in between", () => {
    const list = listOf(...countTo(25));
    const { ids, steps } = walkThrough(beginWalk(), (ask, request) =>
      request === 1 ? { offset: ask, limit: 10, total: 25, rows: [] } : pageOf(list, ask, 10),
    );
    expect(ids.size).toBe(25);
    expect(steps[1]?.kind).toBe("realigned");
  });
});

describe("a page out of order", () => {
  test("is accepted, but proves no absence and leaves no edge", () => {
    const sorted = pageOf(listOf(1, 2, 3, 4), 0, 4, 10);
    const judged = verifyPage(beginWalk(), { ...sorted, rows: sorted.rows.toReversed() });
    expect(judged).toMatchObject({
      kind: "accepted",
      coverage: { ranges: [], gaps: 1 },
      walk: { edge: null },
    });
  });
});

describe("a resumed walk", () => {
  test("asks as early as was learned", () => {
    expect(beginWalk({ offset: 50, anchor: { id: "a", createdAt: 1 } }, 20).nextOffset).toBe(30);
    expect(beginWalk({ offset: 5, anchor: { id: "a", createdAt: 1 } }, 20).nextOffset).toBe(0);
    expect(beginWalk(START, 20).nextOffset).toBe(0);
  });

  test("does not remember the edge: what a stop forgot proves no absence", () => {
    const list = listOf(1, 2, 2, 2, 3, 4, 5);
    const judged = verifyPage(beginWalk(behind(list, 2), 1), pageOf(list, 2, 4));
    expect(judged).toMatchObject({
      coverage: { ranges: [{ from: { createdAt: 2, inclusive: false }, before: 3 }], alsoSeen: [] },
    });
  });
});

test("ends whatever the server answers, within 100 requests and 8 for every page it claims to have", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const row = fc.oneof(
    fc.record({ id, createdAt: fc.nat(9) }),
    fc.record({ id: fc.option(id), createdAt: fc.constant(null) }),
  );
  const page = fc.record({ limit: fc.nat(6), total: fc.nat(60), rows: fc.array(row, { maxLength: 7 }) });
  fc.assert(
    fc.property(fc.array(page, { minLength: 1, maxLength: 50 }), fc.nat(80), (pages, offset) => {
      const begun = beginWalk({ offset: offset + 1, anchor: { id: "a", createdAt: 5 } }, 3);
      const claimed = Math.max(...pages.map(({ total, limit }) => Math.ceil(total / Math.max(1, limit))));
      const { steps } = walkThrough(begun, (ask, request) => {
        const answer = pages[request % pages.length];
        return { offset: ask, limit: 1, total: 0, rows: [], ...answer };
      });
      expect(steps.length).toBeLessThanOrEqual(100 + 8 * claimed + 1);
      for (const { walk } of steps) expect(walk.nextOffset).toBeGreaterThanOrEqual(0);
    }),
  );
});
