import { expect, test } from "vitest";

import { createHistory } from "./history.ts";
import type { History } from "./history.ts";

const DAY = 24;

test("growth counts from the begin of the window", async () => {
  await using history = await createHistory();
  await history.add({
    id: "a",
    created: 60 * DAY,
    states: [
      { from: 59 * DAY, items: 1, bytes: 10 },
      { from: 20 * DAY, items: 4, bytes: 40 },
      { from: 3 * DAY, items: 9, bytes: 90 },
      { from: 12, items: 20, bytes: 200 },
    ],
  });
  expect(await growthOf(history)).toEqual([
    { id: "a", since: expect.closeTo(30 * DAY, 0), day: 11, week: 16, month: 19, bytes: 190 },
  ]);
});

test("of a dataset created in the window from nothing, of one met in the window from what it held then", async () => {
  await using history = await createHistory();
  await history.add(
    { id: "created", created: 2 * DAY, states: [{ from: 2 * DAY, items: 5, bytes: 50 }] },
    {
      id: "met",
      created: 90 * DAY,
      states: [
        { from: 2 * DAY, items: 5, bytes: 50 },
        { from: 10, items: 6, bytes: 60 },
      ],
    },
    { id: "met, unchanged", created: 90 * DAY, states: [{ from: 2 * DAY, items: 5, bytes: 50 }] },
  );
  const since = expect.closeTo(2 * DAY, 0);
  expect(await growthOf(history)).toEqual([
    { id: "created", since, day: 0, week: 5, month: 5, bytes: 50 },
    { id: "met", since, day: 1, week: 1, month: 1, bytes: 10 },
    { id: "met, unchanged", since, day: 0, week: 0, month: 0, bytes: 0 },
  ]);
});

test("growth leaves out what is gone, and tells of losses", async () => {
  await using history = await createHistory();
  await history.add(
    { id: "gone", created: DAY, states: [{ from: DAY, items: 5, gone: 1 }] },
    {
      id: "emptied",
      created: 90 * DAY,
      states: [
        { from: 80 * DAY, items: 5 },
        { from: 2, items: 0 },
      ],
    },
  );
  expect(await growthOf(history)).toMatchObject([
    { id: "emptied", day: -5, week: -5, month: -5, bytes: null },
  ]);
});

/** `since` in hours before now. */
async function growthOf(history: History) {
  return history.sql(
    `select dataset_id as id, extract(epoch from now() - since)::float8 / 3600 as since, items_1d::int as day,
      items_7d::int as week, items_30d::int as month, inflated_bytes_30d::int as bytes
      from apify_bi.growth order by 1`,
  );
}
