import { expect, test } from "vitest";
import type { Item, Query } from "../../src/apify/contract.ts";
import { LivingAccount } from "../../src/sandbox/account.ts";
import type { AccountOptions } from "../../src/sandbox/account.ts";
import { StillClock } from "../support/still-clock.ts";

const ALL: Query = { unnamed: true };

function lagging(options: Omit<AccountOptions, "clock">) {
  const clock = new StillClock();
  return { clock, account: new LivingAccount({ clock, datasets: 10, ...options }) };
}

function itemsOf(account: LivingAccount): Item[] {
  return JSON.parse(`[${account.list(ALL).items.toString()}]`);
}

test("a new dataset is missing from the list and its total until the lag is over, but not from the truth", () => {
  const { account, clock } = lagging({ lag: 15_000 });
  const [id = ""] = account.create(1);
  expect(account.snapshot().at(-1)?.id).toBe(id);
  clock.pass(14_999);
  expect(account.list(ALL)).toMatchObject({ total: 10, count: 10 });
  clock.pass(1);
  expect(account.list(ALL)).toMatchObject({ total: 11, count: 11 });
  expect(itemsOf(account)).toEqual(account.snapshot());
});

test("with jitter datasets show up out of order", () => {
  const { account, clock } = lagging({ lagJitter: 10_000, datasets: 0 });
  const created = account.create(50);
  clock.pass(5000);
  const seen = itemsOf(account).map(({ id }) => id);
  expect(seen.length).toBeGreaterThan(5);
  expect(seen.length).toBeLessThan(45);
  expect(seen).not.toEqual(created.slice(0, seen.length));
  clock.pass(5000);
  expect(itemsOf(account).map(({ id }) => id)).toEqual(created);
});

test("a dataset can be deleted before it is listed", () => {
  const { account, clock } = lagging({ lag: 1000 });
  const [id = ""] = account.create(1);
  account.delete(id);
  clock.pass(1000);
  expect(account.list(ALL).total).toBe(10);
  expect(account.size).toBe(10);
});

test("total has a lag of its own, for additions and removals", () => {
  const { account, clock } = lagging({ totalLag: 5000 });
  account.create(3);
  account.deleteRandom(1);
  expect(account.list(ALL)).toMatchObject({ total: 10, count: 12 });
  clock.pass(5000);
  expect(account.list(ALL)).toMatchObject({ total: 12, count: 12 });
});

test("counters show their old values until their lag is over", () => {
  const { account, clock } = lagging({ counterLag: 5000 });
  const before = itemsOf(account);
  account.touchRandom(10);
  expect(itemsOf(account)).toEqual(before);
  expect(account.snapshot()).not.toEqual(before);
  clock.pass(5000);
  expect(itemsOf(account)).toEqual(account.snapshot());
});

test("a share of the pages comes from an older view", () => {
  const { account } = lagging({ stale: 0.5, staleAge: 60_000 });
  account.list(ALL);
  account.create(5);
  const totals = Array.from({ length: 100 }, () => account.list(ALL).total);
  const stale = totals.filter((total) => total === 10).length;
  expect(stale).toBeGreaterThan(30);
  expect(stale).toBeLessThan(70);
  expect(totals.filter((total) => total === 15)).toHaveLength(100 - stale);
});

test("an older view shows what was listed before it, however long nobody asked", () => {
  const { account, clock } = lagging({ stale: 1, staleAge: 60_000, lag: 5000 });
  account.list(ALL);
  account.create(5);
  clock.pass(600_000);
  expect(account.list(ALL).total).toBe(15);
});
