import { expect, test } from "vitest";
import { itemSchema } from "../../src/apify/contract.ts";
import type { Item, Query } from "../../src/apify/contract.ts";
import { LivingAccount } from "../../src/sandbox/account.ts";
import { DAY_MS } from "../../src/sandbox/dataset.ts";
import { StillClock } from "../support/still-clock.ts";

const ALL: Query = { unnamed: true };

function accountOf(datasets: number, options: { seed?: number; named?: number; retention?: number } = {}) {
  const clock = new StillClock();
  return { clock, account: new LivingAccount({ clock, datasets, ...options }) };
}

function itemsOf(account: LivingAccount, query: Query = ALL): Item[] {
  return JSON.parse(`[${account.list(query).items.toString()}]`);
}

const idsOf = (items: readonly Item[]) => items.map(({ id }) => id);

test("every dataset is as the API's contract says, run datasets have no name", () => {
  const items = accountOf(2000).account.snapshot();
  for (const item of items) expect(itemSchema.parse(item)).toEqual(item);
  expect(new Set(idsOf(items)).size).toBe(2000);
  expect(items.every(({ id }) => /^[A-Za-z0-9]{17}$/.test(id))).toBe(true);
  const named = items.filter(({ name }) => typeof name === "string");
  expect(named.length).toBeGreaterThan(50);
  expect(named.length).toBeLessThan(150);
  expect(items.some(({ name, actRunId }) => name === null && typeof actRunId === "string")).toBe(true);
  expect(Object.keys(items[0] ?? {})).toEqual(
    expect.arrayContaining(["title", "userId", "username", "actId", "schema", "generalAccess", "stats"]),
  );
});

test("nothing was modified before it was created, or after the account was made", () => {
  const { account, clock } = accountOf(2000);
  for (const { createdAt, modifiedAt, accessedAt } of account.snapshot()) {
    expect((modifiedAt ?? "") >= createdAt).toBe(true);
    expect((accessedAt ?? "") >= (modifiedAt ?? "")).toBe(true);
    expect(Date.parse(accessedAt ?? "")).toBeLessThanOrEqual(clock.now());
  }
});

test("the same seed grows the same account, another seed another one", () => {
  expect(lived(3)).toEqual(lived(3));
  expect(lived(3)).not.toEqual(lived(4));
});

test("pages lie side by side in ascending order of createdAt, with a tie here and there", () => {
  const { account } = accountOf(2500);
  const pages = [0, 1000, 2000].flatMap((offset) => itemsOf(account, { ...ALL, offset }));
  expect(pages).toEqual(account.snapshot());
  const times = pages.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted());
  expect(new Set(times).size).toBeLessThan(2500);
  expect(idsOf(itemsOf(account, { ...ALL, desc: true, limit: 5 }))).toEqual(
    idsOf(pages).toReversed().slice(0, 5),
  );
});

test("a limit of 0 or above the maximum is the maximum, which may change", () => {
  const { account } = accountOf(3000);
  for (const limit of [undefined, 0, 1000, 5000]) {
    expect(account.list({ ...ALL, limit })).toMatchObject({ limit: 1000, count: 1000, total: 3000 });
  }
  account.limitMax = 250;
  expect(account.list({ ...ALL, limit: 1000 })).toMatchObject({ limit: 250, count: 250 });
});

test("a page beyond the end is empty", () => {
  const { account } = accountOf(10);
  expect(account.list({ ...ALL, offset: 10 })).toMatchObject({ total: 10, count: 0, items: Buffer.alloc(0) });
  expect(account.list({ ...ALL, offset: 999_999 })).toMatchObject({ total: 10, offset: 999_999, count: 0 });
});

test("only named datasets are listed unless unnamed ones are asked for", () => {
  const { account } = accountOf(1000);
  const named = account.snapshot().filter(({ name }) => name !== null);
  expect(itemsOf(account, {})).toEqual(named);
  expect(account.list({}).total).toBe(named.length);
  expect(account.snapshot({})).toEqual(named);
});

test("ownership tells shared datasets from own ones", () => {
  const { account } = accountOf(100);
  const shared = account.share(7);
  expect(idsOf(itemsOf(account, { ...ALL, ownership: "sharedWithMe" })).toSorted()).toEqual(
    shared.toSorted(),
  );
  expect(account.list({ ...ALL, ownership: "ownedByMe" }).total).toBe(100);
  const users = new Set(account.snapshot({ ...ALL, ownership: "ownedByMe" }).map(({ userId }) => userId));
  expect(users.size).toBe(1);
  const others = account.snapshot({ ...ALL, ownership: "sharedWithMe" });
  expect(others.some(({ userId }) => userId !== undefined && users.has(userId))).toBe(false);
});

test("new datasets come at the end, each with an instant of its own unless they are tied", () => {
  const { account } = accountOf(50);
  const before = idsOf(account.snapshot());
  const created = account.create(10);
  const tied = account.createTied(4);
  const after = account.snapshot();
  expect(idsOf(after).slice(0, 50)).toEqual(before);
  expect(idsOf(after).slice(50)).toEqual(expect.arrayContaining([...created, ...tied]));
  expect(new Set(after.slice(50).map(({ createdAt }) => createdAt)).size).toBeLessThan(14);
  const times = after.filter(({ id }) => tied.includes(id)).map(({ createdAt }) => createdAt);
  expect(new Set(times).size).toBe(1);
});

test("datasets created again and again at one instant still have an instant each, in order", () => {
  const { account } = accountOf(0);
  const created = [account.create(3), account.create(1), account.create(4)].flat();
  const items = account.snapshot();
  expect(idsOf(items)).toEqual(created);
  expect(new Set(items.map(({ createdAt }) => createdAt)).size).toBe(8);
});

test("expiry takes unnamed datasets from the head and leaves named ones", () => {
  const { account, clock } = accountOf(1000, { named: 0.2 });
  const before = account.snapshot();
  const limit = clock.now() - 3 * DAY_MS;
  account.expire(limit);
  const isKept = ({ name, createdAt }: Item) => name !== null || Date.parse(createdAt) >= limit;
  expect(account.snapshot()).toEqual(before.filter(isKept));
  expect(account.size).toBeLessThan(before.length);
  const unnamed = account.snapshot().filter(({ name }) => name === null);
  expect(account.expireOldest(5)).toEqual(idsOf(unnamed).slice(0, 5));
});

test("with a retention datasets expire as time goes by", () => {
  const { account, clock } = accountOf(100, { named: 0, retention: 7 * DAY_MS });
  account.advance();
  expect(account.size).toBe(100);
  clock.pass(DAY_MS);
  account.advance();
  expect(account.size).toBeGreaterThan(70);
  expect(account.size).toBeLessThan(95);
});

test("a deleted dataset is gone, another cannot be deleted", () => {
  const { account } = accountOf(20);
  const [first = "", ...rest] = idsOf(account.snapshot());
  account.delete(first);
  expect(idsOf(account.snapshot())).toEqual(rest);
  expect(() => account.delete(first)).toThrow(RangeError);
  const gone = account.deleteRandom(5);
  expect(idsOf(account.snapshot())).toEqual(rest.filter((id) => !gone.includes(id)));
  expect(account.deleteRandom(100)).toHaveLength(14);
  expect(account.list(ALL)).toMatchObject({ total: 0, count: 0 });
});

test("naming keeps the place in the list, and a named-only list gains a row in its middle", () => {
  const { account } = accountOf(300);
  const before = account.snapshot();
  const victim = before.find(({ name }, place) => name === null && place > 100)?.id ?? "";
  account.rename(victim, 'named "now" – ü');
  const after = account.snapshot();
  expect(idsOf(after)).toEqual(idsOf(before));
  expect(after.find(({ id }) => id === victim)?.name).toBe('named "now" – ü');
  expect(idsOf(itemsOf(account, {}))).toContain(victim);
  account.rename(victim, null);
  expect(account.snapshot()).toEqual(before);
});

test("a touch changes counters and modifiedAt and nothing else", () => {
  const { account, clock } = accountOf(10);
  const before = account.snapshot()[4];
  clock.pass(5000);
  account.touch(before?.id ?? "");
  const after = account.snapshot()[4];
  expect(after?.itemCount).toBeGreaterThan(before?.itemCount ?? 0);
  expect(after?.stats).not.toEqual(before?.stats);
  expect(after?.modifiedAt).toBe(new Date(clock.now()).toISOString());
  expect({ ...after, id: after?.id }).toMatchObject({ id: before?.id, createdAt: before?.createdAt });
});

test("shared datasets appear in the middle, leave without deletion and come back", () => {
  const { account } = accountOf(200);
  const own = account.snapshot();
  account.share(10);
  const [shared] = account.snapshot({ ...ALL, ownership: "sharedWithMe" });
  account.rename(shared?.id ?? "", "kept while away");
  const withShared = account.snapshot();
  expect(withShared[0]).toEqual(own[0]);
  expect(withShared.at(-1)).toEqual(own.at(-1));
  const gone = account.unshare(10);
  expect(account.snapshot()).toEqual(own);
  account.reshare(gone);
  expect(account.snapshot()).toEqual(withShared);
  expect(() => account.reshare(gone)).toThrow(RangeError);
});

test("a large account is read at any offset, also after deletions", () => {
  const { account } = accountOf(200_000);
  expect(account.list({ ...ALL, offset: 199_990 })).toMatchObject({ total: 200_000, count: 10 });
  account.deleteRandom(100);
  account.expireOldest(100);
  expect(account.list({ ...ALL, offset: 100_000 })).toMatchObject({ total: 199_800, count: 1000 });
});

function lived(seed: number): Item[] {
  const { account } = accountOf(500, { seed });
  account.deleteRandom(20);
  account.share(5);
  account.touchRandom(9);
  return account.snapshot();
}
