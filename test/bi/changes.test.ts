import { expect, test } from "vitest";

import { createHistory } from "./history.ts";
import type { History } from "./history.ts";

async function changesOf(history: History) {
  return history.sql(
    `select kind, at, changed_columns as columns, item_count_before::int as before, item_count_after::int as after
      from apify_bi.changes where dataset_id = 'a'`,
  );
}

test("a dataset that was created, written to and renamed is three changes, newest first", async () => {
  await using history = await createHistory();
  await history.add({
    id: "a",
    created: 9,
    states: [
      { from: 8, items: 1 },
      { from: 5, items: 7 },
      { from: 2, items: 7, name: "n", title: "t", access: "RESTRICTED" },
    ],
  });
  const { at } = history;
  expect(await changesOf(history)).toEqual([
    { kind: "changed", at: at(2), columns: "dataset_name, title, general_access", before: 7, after: 7 },
    { kind: "changed", at: at(5), columns: "item_count, clean_item_count", before: 1, after: 7 },
    { kind: "created", at: at(9), columns: null, before: null, after: 1 },
  ]);
});

test("one that left and came back is gone once for each time it left", async () => {
  await using history = await createHistory();
  await history.add({
    id: "a",
    created: 50,
    states: [
      { from: 50, gone: 40, items: 1 },
      { from: 30, gone: 20, items: 1 },
      { from: 10, gone: 5, items: 3 },
    ],
  });
  const { at } = history;
  expect(await changesOf(history)).toEqual([
    { kind: "gone", at: at(5), columns: null, before: 3, after: null },
    { kind: "back", at: at(10), columns: "item_count, clean_item_count", before: 1, after: 3 },
    { kind: "gone", at: at(20), columns: null, before: 1, after: null },
    { kind: "back", at: at(30), columns: null, before: 1, after: 1 },
    { kind: "gone", at: at(40), columns: null, before: 1, after: null },
    { kind: "created", at: at(50), columns: null, before: null, after: 1 },
  ]);
});

test("datasets of the same id in two accounts are not mixed up", async () => {
  await using history = await createHistory();
  await history.add(
    {
      id: "a",
      source: "other",
      created: 9,
      states: [
        { from: 8, items: 1 },
        { from: 5, items: 7 },
      ],
    },
    { id: "a", created: 4, states: [{ from: 4, items: 3, gone: 1 }] },
  );
  expect(
    await history.sql("select source, kind, item_count_after::int as after from apify_bi.changes"),
  ).toEqual([
    { source: "default", kind: "gone", after: null },
    { source: "default", kind: "created", after: 3 },
    { source: "other", kind: "changed", after: 7 },
    { source: "other", kind: "created", after: 1 },
  ]);
});
