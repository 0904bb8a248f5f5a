/** Questions on what an account holds, answered from apify_bi as one line each and from the account itself. */
import { afterAll, beforeAll, expect, test } from "vitest";

import type { Item } from "../../src/apify/contract.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

let rig: Rig;
let items: Item[];
let gone: string[];
beforeAll(async () => {
  rig = await createRig({
    clock: createFakeClock(Date.now()),
    sandbox: { datasets: 300, seed: 7 },
    checksOwner: true,
  });
  const { account } = rig.sandbox;
  await rig.run("full");
  gone = account.deleteRandom(12);
  account.create(9);
  account.touchRandom(20);
  await rig.run("full");
  await rig.run("full");
  items = account.snapshot();
});
afterAll(() => rig[Symbol.asyncDispose]());

const bytesOf = ({ stats }: Item) => Number(stats?.["inflatedBytes"] ?? 0);
const sumOf = (all: readonly Item[], of: (item: Item) => number) =>
  all.reduce((sum, item) => sum + of(item), 0);

async function answer(text: string): Promise<unknown[][]> {
  const rows = await query(rig.url, text);
  return rows.map((row) => Object.values(row));
}

/** Rows of [group, datasets, bytes], by group. */
function grouped(of: (item: Item) => string): unknown[][] {
  return [...Map.groupBy(items, of)]
    .map(([group, all]) => [group, all.length, sumOf(all, bytesOf)])
    .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

test("storage by Actor and month", async () => {
  const rows = await answer(
    `select concat(actor_id, ' ', created_month) collate "C", count(*)::int, sum(inflated_bytes)::float8 from apify_bi.datasets where is_live group by 1 order by 1`,
  );
  expect(rows).toEqual(grouped((item) => `${item.actId ?? ""} ${item.createdAt.slice(0, 7)}-01`));
});

test("what storage costs at most", async () => {
  const [[gigabytes] = []] = await answer(
    "select sum(inflated_bytes)::float8 / 1e9 from apify_bi.datasets where is_live",
  );
  expect(gigabytes).toBeCloseTo(sumOf(items, bytesOf) / 1e9, 9);
});

test("named against unnamed", async () => {
  const rows = await answer(
    "select is_named::text, count(*)::int, sum(inflated_bytes)::float8 from apify_bi.datasets where is_live group by 1 order by 1",
  );
  expect(rows).toEqual(grouped((item) => String((item.name ?? null) !== null)));
});

test("the largest", async () => {
  const rows = await answer(
    "select item_count::int from apify_bi.datasets where is_live order by item_count desc limit 10",
  );
  const largest = items.map(({ itemCount }) => itemCount ?? 0).toSorted((one, other) => other - one);
  expect(rows.flat()).toEqual(largest.slice(0, 10));
});

test("empty ones from runs", async () => {
  const rows = await answer(
    `select dataset_id collate "C" from apify_bi.datasets where is_live and item_count = 0 and run_id is not null order by 1`,
  );
  const empty = items.filter(({ itemCount, actRunId }) => itemCount === 0 && (actRunId ?? null) !== null);
  expect(empty.length).toBeGreaterThan(0);
  expect(rows.flat()).toEqual(empty.map(({ id }) => id).toSorted());
});

test("what is gone, and that the mirror is complete", async () => {
  const rows = await answer(
    `select dataset_id collate "C" from apify_bi.changes where kind = 'gone' order by 1`,
  );
  expect(gone).toHaveLength(12);
  expect(rows.flat()).toEqual(gone.toSorted());
  expect(await answer("select live::int, drift::int from apify_bi.accounts")).toEqual([[items.length, 0]]);
});

test("day over day", async () => {
  expect(await answer("select live::int from apify_bi.daily order by day desc limit 1")).toEqual([
    [items.length],
  ]);
});
