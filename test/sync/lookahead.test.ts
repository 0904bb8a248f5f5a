/** Pages ahead of the walk: how much of them is in memory at a time, whatever the server sends. */
import { describe, expect, test } from "vitest";

import { BodyTooLargeError } from "../../src/apify/errors.ts";
import { beginWalk, verifyPage } from "../../src/core/walk.ts";
import type { Walk } from "../../src/core/walk.ts";
import { shareOfPages } from "../../src/sync/budget.ts";
import { Lookahead } from "../../src/sync/lookahead.ts";
import { PageOrder } from "../../src/sync/page-order.ts";
import type { Source } from "../../src/sync/source.ts";
import { dataset } from "../support/mirror.ts";

const MIB = 1024 * 1024;
const PAGE_SIZE = 10;
const LIST = Array.from({ length: 1000 }, (_, index) => dataset(`id${index}`, index));

/** Serves the list, in pages of `sizeAt(offset)` bytes, and notes what is under way at a time. */
function countingSource(sizeAt: (offset: number) => number) {
  const underWay = new Map<number, number>();
  const seen = { mostBytes: 0, mostPages: 0, requests: 0, tooLarge: 0 };
  const source: Source = {
    requestsSent: () => seen.requests,
    throttledMs: () => 0,
    fetchOwner: async () => null,
    async fetchPage({ offset, limit, bodyMax = 64 * MIB }) {
      const requestNumber = ++seen.requests;
      underWay.set(requestNumber, bodyMax);
      seen.mostBytes = Math.max(
        seen.mostBytes,
        [...underWay.values()].reduce((sum, max) => sum + max, 0),
      );
      seen.mostPages = Math.max(seen.mostPages, underWay.size);
      await new Promise(setImmediate);
      underWay.delete(requestNumber);
      if (sizeAt(offset) > bodyMax) {
        seen.tooLarge += 1;
        throw new BodyTooLargeError(`${sizeAt(offset)} bytes`, `${bodyMax} bytes`);
      }
      const rows = LIST.slice(offset, offset + limit);
      const page = { offset, limit, total: LIST.length, rows };
      return { page, rows, rejected: [], serverTime: 0, requestNumber, anomalies: [] };
    },
  };
  return { source, seen };
}

/** Walks over the whole list and returns the ids that it met. */
async function walkOver(source: Source, depth = 8, budget = shareOfPages(1)): Promise<Set<string>> {
  const { signal } = new AbortController();
  const meter = { requests: 0, throttled: 0, retried: 0 };
  const order = new PageOrder();
  await using ahead = new Lookahead({
    source,
    order,
    pageSize: PAGE_SIZE,
    depth,
    budget,
    namedOnly: false,
    meter,
    signal,
  });
  const ids = new Set<string>();
  let walk: Walk = beginWalk({ offset: 0, anchor: null }, 1);
  for (;;) {
    const { answer, ticket } = await ahead.next(walk);
    order.forget(ticket);
    const verified = verifyPage(walk, answer.page);
    if (verified.kind !== "accepted") throw new Error(verified.kind);
    for (const { id } of answer.rows) ids.add(id);
    if (verified.end !== null) return ids;
    walk = verified.walk;
  }
}

describe("bytes of all pages together", () => {
  test.each([1, 8, 64])("are bounded with %i pages at a time", async (depth) => {
    const { source, seen } = countingSource(() => MIB / 2);
    expect((await walkOver(source, depth)).size).toBe(LIST.length);
    expect(seen.mostBytes).toBeLessThanOrEqual(64 * MIB);
    expect(seen.mostPages).toBeGreaterThanOrEqual(Math.min(depth, 16));
    expect(seen.tooLarge).toBe(0);
  });

  test("are bounded when every page is large: they come one by one, and all of them", async () => {
    const { source, seen } = countingSource(() => 60 * MIB);
    expect((await walkOver(source)).size).toBe(LIST.length);
    expect(seen.mostBytes).toBeLessThanOrEqual(64 * MIB);
    // Now and then it is tried whether smaller ones come again.
    expect(seen.tooLarge).toBeLessThan(seen.requests / 10);
  });

  test("after one large page the next ones come one by one, and later ones ahead again", async () => {
    const { source, seen } = countingSource((offset) => (offset <= 200 && offset + 10 > 200 ? 5 : 0.5) * MIB);
    expect((await walkOver(source)).size).toBe(LIST.length);
    expect(seen.mostBytes).toBeLessThanOrEqual(64 * MIB);
    expect(seen.mostPages).toBe(8);
    expect(seen.tooLarge).toBeLessThanOrEqual(2);
  });
});

test("passes that run beside each other share the bytes and the pages, and fetch large pages one by one", async () => {
  const { source, seen } = countingSource((offset) => (offset % 300 < 20 ? 30 : 0.5) * MIB);
  const budget = shareOfPages(4);
  const walks = await Promise.all([1, 2, 3, 4].map(() => walkOver(source, 8, budget)));
  expect(walks.map(({ size }) => size)).toEqual([LIST.length, LIST.length, LIST.length, LIST.length]);
  // The client's own limit of one large page comes on top.
  expect(seen.mostBytes).toBeLessThanOrEqual((64 + 64) * MIB);
  expect(seen.mostPages).toBeLessThanOrEqual(16);
});

test("a page that is too large for the client ends the walk with what to do", async () => {
  const { source } = countingSource((offset) => (offset > 500 ? 65 : 1) * MIB);
  await expect(walkOver(source)).rejects.toThrow(
    expect.objectContaining({ hint: expect.stringContaining("Lower PAGE_SIZE") }),
  );
});
