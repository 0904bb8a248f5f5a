import { expect, test } from "vitest";

import { OWNER, SOURCE, addAccount, createHistory } from "./history.ts";
import type { History, Life } from "./history.ts";

const DAY = 24;

test("a dataset is one row of flat columns", async () => {
  await using history = await createHistory();
  await history.add({
    id: "a",
    created: 50,
    accessed: 30,
    actor: "actor",
    run: "run",
    states: [{ from: 49, items: 2 ** 40, bytes: 2 ** 53 - 1, name: "prices", access: "RESTRICTED" }],
  });
  const [row] = await history.sql("select * from apify_bi.datasets");
  expect(row).toMatchObject({
    dataset_key: `${SOURCE}/a`,
    dataset_id: "a",
    dataset_name: "prices",
    is_named: true,
    is_live: true,
    is_mine: true,
    owner_name: OWNER.name,
    actor_id: "actor",
    run_id: "run",
    created_at: history.at(50),
    item_count: String(2 ** 40),
    inflated_bytes: String(2 ** 53 - 1),
    read_count: "1",
    write_count: null,
    general_access: "RESTRICTED",
    age_days: 2,
    idle_days: 1,
    first_seen_at: history.at(49),
    gone_at: null,
    gone_because: null,
    expires_at: null,
    console_url: "https://console.apify.com/storage/datasets/a",
  });
});

test("created_date is the day in UTC, whatever the time zone of the session", async () => {
  await using history = await createHistory();
  await history.add({ id: "a", created: 1, states: [{ from: 1 }] });
  await history.sql("update apify.datasets set created_at = '2026-03-01 23:30Z'");
  const [row] = await history.sql(
    "select created_date::text from set_config('timezone', 'Asia/Tokyo', false), apify_bi.datasets",
  );
  expect(row).toEqual({ created_date: "2026-03-01" });
});

test.each([
  ["a text", "12"],
  ["a list", [12]],
  ["a map", { a: 12 }],
  ["true", true],
  ["null", null],
  ["more than a bigint holds", 1e300],
  ["less than nothing", -1],
])("a counter that is %s is null, and hides no other row", async (_, bytes) => {
  await using history = await createHistory();
  await history.add(
    { id: "odd", created: 1, states: [{ from: 1, bytes }] },
    { id: "sound", created: 1, states: [{ from: 1, bytes: 12 }] },
  );
  expect(
    await history.sql("select dataset_id as id, inflated_bytes as bytes from apify_bi.datasets order by 1"),
  ).toEqual([
    { id: "odd", bytes: null },
    { id: "sound", bytes: "12" },
  ]);
});

test("is_mine tells mine from shared, and is null where the account is not known", async () => {
  await using history = await createHistory();
  await history.add(
    { id: "mine", created: 1, states: [{ from: 1 }] },
    { id: "shared", created: 1, owner: "somebody", states: [{ from: 1 }] },
  );
  const mine = "select dataset_id as id, is_mine as mine from apify_bi.datasets order by 1";
  expect(await history.sql(mine)).toEqual([
    { id: "mine", mine: true },
    { id: "shared", mine: false },
  ]);
  await history.sql("update apify.sources set owner_id = null");
  expect(await history.sql(mine)).toEqual([
    { id: "mine", mine: null },
    { id: "shared", mine: null },
  ]);
});

test("the retention is null until enough have left", async () => {
  await using history = await createHistory();
  await history.add(...leavings("expired", 19, 7 * DAY));
  expect(await retention(history)).toEqual({ retention_days: null, retention_seen: "19" });
  await history.add(...leavings("one more", 1, 7 * DAY));
  expect(await retention(history)).toEqual({ retention_days: expect.closeTo(7, 1), retention_seen: "20" });
});

test("it is the age most left at, however many were deleted young or named, or belong to others", async () => {
  await using history = await createHistory();
  await history.add(
    ...leavings("expired", 25, 7 * DAY + 1),
    ...leavings("deleted at once", 60, 1),
    ...leavings("deleted later", 15, 3 * DAY),
    ...leavings("named", 40, 5 * DAY, { name: "n" }),
    ...leavings("shared", 40, 4 * DAY, { owner: "somebody" }),
  );
  expect(await retention(history)).toMatchObject({ retention_days: expect.closeTo(7 + 1 / DAY, 1) });
});

test("an age that many outlive is no retention", async () => {
  await using history = await createHistory();
  const old = (count: number) =>
    Array.from({ length: count }, (_, index) => living(`old ${count} ${index}`, 20 * DAY));
  await history.add(...leavings("deleted", 30, 3 * DAY), ...old(20));
  expect(await retention(history)).toMatchObject({ retention_days: expect.closeTo(3, 1) });
  await history.add(...old(1));
  expect(await retention(history)).toMatchObject({ retention_days: null });
});

test("what left at the retention's age is expired, all else deleted", async () => {
  await using history = await createHistory();
  await history.add(
    ...leavings("expired", 30, 7 * DAY),
    ...leavings("deleted", 2, 6 * DAY),
    ...leavings("named", 3, 7 * DAY, { name: "n" }),
  );
  const because = await history.sql(
    "select gone_because as why, count(*)::int from apify_bi.datasets group by 1 order by 1",
  );
  expect(because).toEqual([
    { why: "deleted", count: 5 },
    { why: "expired", count: 30 },
  ]);
});

test("expiring: the unnamed and living of the account itself, each at its age", async () => {
  await using history = await createHistory();
  await addAccount(history.url, "other");
  await history.add(
    ...leavings("expired", 30, 7 * DAY),
    living("soon", 6 * DAY),
    living("later", DAY),
    living("overdue", 8 * DAY),
    { ...living("named", 6 * DAY), states: [{ from: 6 * DAY, name: "n" }] },
    { ...living("shared", 6 * DAY), owner: "somebody" },
    { ...living("of an account without leavings", 6 * DAY), source: "other" },
  );
  expect(
    await history.sql(
      "select dataset_id as id, expires_in_days as days, expires_at from apify_bi.expiring order by expires_at",
    ),
  ).toEqual([
    { id: "soon", days: expect.closeTo(1, 2), expires_at: history.at(-DAY) },
    { id: "later", days: expect.closeTo(6, 2), expires_at: history.at(-6 * DAY) },
  ]);
});

function living(id: string, created: number): Life {
  return { id, created, states: [{ from: created }] };
}

function leavings(
  id: string,
  count: number,
  age: number,
  more: { name?: string; owner?: string } = {},
): Life[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${id} ${index}`,
    created: age + index + 1,
    ...(more.owner && { owner: more.owner }),
    states: [{ from: age + index + 1, gone: index + 1, ...(more.name && { name: more.name }) }],
  }));
}

async function retention(history: History) {
  const [row] = await history.sql(
    "select retention_days, retention_seen from apify_bi.accounts where source = $1",
    [SOURCE],
  );
  return row;
}
