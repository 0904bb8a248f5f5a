import * as fc from "fast-check";
import { expect, test } from "vitest";

import { OffsetIndex } from "../../src/api/offset-index.ts";
import type { KeyRange } from "../../src/api/offset-index.ts";

/** Instants of rows, with ties, and where the ranges end. */
const lists = fc
  .array(fc.record({ step: fc.nat(3), isLast: fc.boolean() }), { maxLength: 60 })
  .map((rows) => {
    let at = 1000;
    const instants = rows.map(({ step }) => (at += step));
    return {
      instants,
      ranges: rangesOf(
        instants,
        rows.map(({ isLast }) => isLast),
      ),
    };
  });

/** Ranges end after the marked rows, but never between ties. */
function rangesOf(instants: readonly number[], marks: readonly boolean[]): KeyRange[] {
  const ranges: KeyRange[] = [];
  let first = 0;
  for (const [nth, at] of instants.entries()) {
    const isEnd = nth === instants.length - 1 || (marks[nth] === true && instants[nth + 1] !== at);
    if (!isEnd) continue;
    ranges.push({ from: instants[first] ?? 0, to: at, count: nth - first + 1 });
    first = nth + 1;
  }
  return ranges;
}

/** What a database gives for a place. */
function rowsAt(
  instants: readonly number[],
  place: ReturnType<OffsetIndex["locate"]>,
  desc: boolean,
): number[] {
  const inRanges = instants.filter((at) => place.ranges.some(({ from, to }) => at >= from && at <= to));
  const ordered = desc ? inRanges.toReversed() : inRanges;
  return ordered.slice(place.skip, place.skip + place.count);
}

test("a page is the rows of its offsets, from either end, wherever the ranges end", () => {
  fc.assert(
    fc.property(lists, fc.nat(70), fc.nat(30), fc.boolean(), ({ instants, ranges }, offset, limit, desc) => {
      const index = new OffsetIndex(ranges);
      expect(index.total).toBe(instants.length);
      const ordered = desc ? instants.toReversed() : instants;
      const place = index.locate(offset, limit, desc);
      expect(rowsAt(instants, place, desc)).toEqual(ordered.slice(offset, offset + limit));
    }),
  );
});

test("no more ranges are read than the page touches", () => {
  const ranges = Array.from({ length: 10 }, (_, nth) => ({ from: nth * 10, to: nth * 10 + 9, count: 5 }));
  const index = new OffsetIndex(ranges);
  expect(index.locate(10, 5, false)).toEqual({ ranges: [ranges[2]], skip: 0, count: 5 });
  expect(index.locate(12, 5, false)).toEqual({ ranges: [ranges[2], ranges[3]], skip: 2, count: 5 });
  expect(index.locate(12, 5, true)).toEqual({ ranges: [ranges[6], ranges[7]], skip: 2, count: 5 });
  expect(index.locate(50, 5, false)).toEqual({ ranges: [], skip: 0, count: 0 });
});

test("spans are widened to whole ranges and joined, and what is read anew takes their place", () => {
  fc.assert(
    fc.property(
      lists,
      fc.array(fc.tuple(fc.integer({ min: 990, max: 1190 }), fc.nat(20)), { maxLength: 4 }),
      fc.array(fc.nat(200), { maxLength: 30 }),
      fc.boolean(),
      ({ instants, ranges }, touched, arrivals, isOpen) => {
        const spans = apart(touched.map(([from, length]) => ({ from, before: from + length + 1 })));
        if (isOpen) spans.push({ from: 1200, before: Infinity });
        const isTouched = (at: number) => spans.some(({ from, before }) => at >= from && at < before);
        // Rows come and go in the touched spans only.
        const after = [
          ...instants.filter((at, nth) => !isTouched(at) || nth % 2 === 0),
          ...arrivals.map((arrival) => 1000 + arrival).filter(isTouched),
        ].toSorted((one, other) => one - other);
        let index = new OffsetIndex(ranges);
        for (const span of index.cover(spans)) {
          const inside = after.filter((at) => at >= span.from && at < span.before);
          index = index.replace(
            span,
            rangesOf(
              inside,
              inside.map((_, nth) => nth % 3 === 0),
            ),
          );
        }
        expect(index.total).toBe(after.length);
        expect(rowsAt(after, index.locate(0, after.length, false), false)).toEqual(after);
        const [froms, tos] = [index.ranges.map(({ from }) => from), index.ranges.map(({ to }) => to)];
        expect(froms).toEqual(froms.toSorted((one, other) => one - other));
        expect(tos.every((to, nth) => to < (froms[nth + 1] ?? Infinity))).toBe(true);
      },
    ),
  );
});

function apart(spans: readonly { from: number; before: number }[]) {
  const sorted = spans.toSorted((one, other) => one.from - other.from);
  return sorted.filter(({ before }, nth) => before <= (sorted[nth + 1]?.from ?? Infinity));
}
