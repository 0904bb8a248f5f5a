/** The benchmarks' account writes its JSON by hand, so the contract is checked here. */
import { expect, test } from "vitest";

import { LargeAccount } from "../../bench/account/large-account.ts";
import { itemSchema } from "../../src/apify/contract.ts";
import type { Item, Query } from "../../src/apify/contract.ts";

const NOW = Date.UTC(2026, 6, 1);

function setUp(datasets = 2500) {
  const account = new LargeAccount({ datasets, from: NOW - 1e9, to: NOW });
  const itemsOf = (query: Query): Item[] => JSON.parse(`[${account.list(query).items.toString()}]`);
  return { account, itemsOf };
}

test("pages lie side by side, ascending, and every item is as the contract says", () => {
  const { itemsOf } = setUp();
  const items = [0, 1000, 2000].flatMap((offset) => itemsOf({ unnamed: true, offset }));
  expect(items).toHaveLength(2500);
  for (const item of items) expect(itemSchema.parse(item)).toEqual(item);
  expect(new Set(items.map(({ id }) => id)).size).toBe(2500);
  const times = items.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted());
  expect(Date.parse(times.at(-1) ?? "")).toBeLessThanOrEqual(NOW);
  expect(itemsOf({ unnamed: true, offset: 2500 })).toEqual([]);
});

test("only named datasets are listed unless unnamed ones are asked for, and none is another's", () => {
  const { account, itemsOf } = setUp();
  const named = [0, 1000, 2000]
    .flatMap((offset) => itemsOf({ unnamed: true, offset }))
    .filter(({ name }) => name !== null);
  expect(itemsOf({})).toEqual(named);
  expect(account.list({ limit: 10 })).toMatchObject({ total: named.length, count: 10 });
  expect(account.list({ unnamed: true, ownership: "sharedWithMe" })).toMatchObject({ total: 0, count: 0 });
});

test("a touch changes so many datasets, and nothing else", () => {
  const { account, itemsOf } = setUp(1000);
  const before = itemsOf({ unnamed: true });
  account.touch(10, NOW + 1);
  const after = itemsOf({ unnamed: true });
  const changed = after.filter((item, place) => item.modifiedAt !== before[place]?.modifiedAt);
  expect(changed).toHaveLength(10);
  expect(changed.every(({ modifiedAt }) => modifiedAt === new Date(NOW + 1).toISOString())).toBe(true);
  const untouched = (items: readonly Item[]) =>
    items.filter(({ id }) => !changed.some((one) => one.id === id));
  expect(untouched(after)).toEqual(untouched(before));
});
