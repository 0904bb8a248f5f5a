/** Questions on what happened over ten days, answered from apify_bi as one line each and from the account itself. */
import { afterAll, beforeAll, expect, test } from "vitest";

import type { Item } from "../../src/apify/contract.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 10;
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
/** Hours away from now, so that "7 days ago" falls between two days' passes. */
const HOUR = Date.now() - TODAY < DAY_MS / 2 ? 15 : 6;
/** When each day's passes begin; the last day is yesterday. */
const startOf = (day: number) => TODAY - (DAYS - day) * DAY_MS + HOUR * HOUR_MS;

type List = ReadonlyMap<string, Item>;

let rig: Rig;
/** What the account listed on each day, and now. */
let days: List[];
let now: List;
/** One that is created, written to, named and deleted. */
let eventful: string;
beforeAll(async () => {
  const clock = createFakeClock(startOf(0));
  const sandbox = { datasets: 400, span: 60 * DAY_MS, retention: 7 * DAY_MS, named: 0.3, seed: 11 };
  rig = await createRig({ clock, sandbox, checksOwner: true });
  const { account } = rig.sandbox;
  const list = () => new Map(account.snapshot().map((item) => [item.id, item]));
  account.share(20);
  days = [];
  for (let day = 0; day < DAYS; day++) {
    await clock.advance(Math.max(0, startOf(day) - clock.now()));
    const created = account.create(12);
    account.touchRandom(9);
    if (day === 1) eventful = created[0] ?? "";
    if (day === 3) account.touch(eventful);
    if (day === 5) account.rename(eventful, "kept-for-a-while");
    const shared = account.snapshot().find((item) => !isMine(item));
    if (day === 6) for (const id of [created[1], shared?.id]) account.rename(id ?? "", "used-twice");
    if (day === 8) account.delete(eventful);
    // What one pass finds absent, the next one proves gone.
    for (const _ of [1, 2]) await rig.run("full");
    days.push(list());
  }
  await clock.advance(Date.now() - clock.now());
  for (const _ of [1, 2]) await rig.run("full");
  now = list();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** The rows, and the time by which `now()` answered. */
async function answer(text: string): Promise<{ rows: unknown[][]; at: number }> {
  const found = await query<{ asked_at: Date }>(rig.url, `select now() as asked_at, q.* from (${text}) q`);
  const [first] = found;
  if (first === undefined) throw new Error(`no rows: ${text}`);
  return { rows: found.map((row) => Object.values(row).slice(1)), at: first.asked_at.getTime() };
}

const ids = (items: Iterable<Item>) => [...items].map(({ id }) => id).toSorted();
const isMine = ({ userId }: Item) => userId === rig.sandbox.account.owner.id;

const COLUMNS: Readonly<Record<string, keyof Item>> = {
  dataset_name: "name",
  title: "title",
  actor_id: "actId",
  run_id: "actRunId",
  modified_at: "modifiedAt",
  item_count: "itemCount",
  clean_item_count: "cleanItemCount",
};

/** The columns in which two states of a dataset differ; empty if one of them is not listed. */
function changed(before: Item | undefined, after: Item | undefined): string {
  if (before === undefined || after === undefined) return "";
  const differs = ([, key]: [string, keyof Item]) => before[key] !== after[key];
  return Object.entries(COLUMNS)
    .filter(differs)
    .map(([column]) => column)
    .join(", ");
}

test("growers of the week", async () => {
  const { rows, at } = await answer(
    `select dataset_id collate "C", items_7d::int from apify_bi.growth where items_7d > 0 order by 1`,
  );
  const before = days.findLast((_, day) => startOf(day) < at - 7 * DAY_MS);
  const grown = [...now.values()]
    .map(({ id, itemCount }) => [id, (itemCount ?? 0) - (before?.get(id)?.itemCount ?? 0)] as const)
    .filter(([, items]) => items > 0)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  expect(rows).toEqual(grown);
});

test("expiring next week", async () => {
  const { rows } = await answer(
    `select dataset_id from apify_bi.expiring where expires_at < now() + interval '7 days' order by expires_at`,
  );
  const expiring = [...now.values()].filter((item) => (item.name ?? null) === null && isMine(item));
  expect(expiring.length).toBeGreaterThan(20);
  expect(rows.flat()).toEqual(expiring.map(({ id }) => id));
});

test("idle for 30 days", async () => {
  const { rows, at } = await answer(
    `select dataset_id collate "C" from apify_bi.datasets where is_live and idle_days >= 30 order by 1`,
  );
  const isIdle = ({ createdAt, modifiedAt, accessedAt }: Item) =>
    [createdAt, modifiedAt, accessedAt].every((time) => Date.parse(time ?? "") <= at - 30 * DAY_MS);
  expect(rows.flat()).toEqual(ids([...now.values()].filter(isIdle)));
});

test("shared and not mine", async () => {
  const { rows } = await answer(
    `select dataset_id collate "C" from apify_bi.datasets where is_live and not is_mine order by 1`,
  );
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.flat()).toEqual(ids([...now.values()].filter((item) => !isMine(item))));
});

test("changed yesterday, and what", async () => {
  const { rows } = await answer(
    `select dataset_id collate "C", changed_columns from apify_bi.changes where kind = 'changed' and (at at time zone 'UTC')::date = (now() at time zone 'UTC')::date - 1 order by 1`,
  );
  const [before, after] = days.slice(-2);
  const expected = ids(after?.values() ?? [])
    .map((id) => [id, changed(before?.get(id), after?.get(id))])
    .filter(([, columns]) => columns !== "");
  expect(expected.length).toBeGreaterThan(3);
  expect(rows).toEqual(expected);
});

test("the history of one dataset", async () => {
  const { rows } = await answer(
    `select kind, changed_columns from apify_bi.changes where dataset_id = '${eventful}' order by at`,
  );
  const states = days.map((list) => list.get(eventful));
  const expected = states.slice(1).flatMap((after, day) => {
    const before = states[day];
    if (before === undefined) return after === undefined ? [] : [["created", null]];
    if (after === undefined) return [["gone", null]];
    const columns = changed(before, after);
    return columns === "" ? [] : [["changed", columns]];
  });
  expect(expected.length).toBeGreaterThanOrEqual(4);
  expect(rows).toEqual(expected);
});

test("names used twice", async () => {
  const { rows } = await answer(
    "select dataset_name, count(*)::int from apify_bi.datasets where is_live and is_named group by 1 having count(*) > 1",
  );
  const names = Map.groupBy(now.values(), ({ name }) => name ?? null);
  const twice = [...names].filter(([name, all]) => name !== null && all.length > 1);
  expect(twice.map(([name]) => name)).toEqual(["used-twice"]);
  expect(rows).toEqual(twice.map(([name, all]) => [name, all.length]));
});

test("when it left, and why", async () => {
  const { rows } = await answer(
    `select dataset_id collate "C", gone_because, gone_at::date - created_at::date >= 7 from apify_bi.datasets where not is_live order by 1`,
  );
  const seen = new Map(days.flatMap((list) => [...list]));
  const left = ids([...seen.values()].filter(({ id }) => !now.has(id)));
  expect(rows.map(([id]) => id)).toEqual(left);
  expect(rows.filter(([, because]) => because === "deleted")).toEqual([
    [eventful, "deleted", expect.any(Boolean)],
  ]);
});
