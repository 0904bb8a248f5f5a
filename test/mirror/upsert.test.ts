import { expect, test } from "vitest";

import { upsert } from "../../src/mirror/upsert.ts";
import { SOURCE, dataset, minute, minuteText, openMirror } from "../support/mirror.ts";

const VERSIONS = "select id, name, valid_from, valid_to from apify.dataset_versions order by id, valid_from";

test("new rows are inserted, the same rows again are not written, changed ones are updated", async () => {
  await using mirror = await openMirror();
  const rows = [dataset("a", 0), dataset("b", 1)];
  expect(await upsert(mirror.db, SOURCE, rows, minuteText(10))).toEqual({
    inserted: 2,
    updated: 0,
    returned: 0,
  });
  expect(await upsert(mirror.db, SOURCE, rows, minuteText(11))).toEqual({
    inserted: 0,
    updated: 0,
    returned: 0,
  });
  const changed = [dataset("a", 0, { itemCount: 2 }), dataset("c", 2)];
  expect(await upsert(mirror.db, SOURCE, changed, minuteText(12))).toEqual({
    inserted: 1,
    updated: 1,
    returned: 0,
  });
  expect(await upsert(mirror.db, SOURCE, [], minuteText(13))).toEqual({
    inserted: 0,
    updated: 0,
    returned: 0,
  });
});

test("every key has its column, an unknown one is in extra, and null is null", async () => {
  await using mirror = await openMirror();
  const item = {
    name: "n",
    title: "t",
    userId: "u",
    username: "un",
    modifiedAt: "2026-01-01T00:00:01.000Z",
    accessedAt: "2026-01-01T00:00:02.000Z",
    itemCount: Number.MAX_SAFE_INTEGER,
    cleanItemCount: 0,
    actId: "act",
    actRunId: "run",
    generalAccess: "RESTRICTED",
    stats: { readCount: 1, inflatedBytes: 7, deep: { est: [1, "zwei", null] } },
    schema: null,
    future: { key: "value" },
  };
  await upsert(
    mirror.db,
    SOURCE,
    [dataset("full", 0, item), dataset("bare", 1, { itemCount: null })],
    minuteText(1),
  );
  const [bare, full] = await mirror.sql(`
    select to_jsonb(d) - 'content_hash' as row from apify.datasets d order by id`);
  expect(full?.["row"]).toEqual({
    ...{ source: SOURCE, id: "full", name: "n", title: "t", user_id: "u", username: "un" },
    ...{ created_at: expect.any(String), modified_at: expect.any(String), accessed_at: expect.any(String) },
    ...{ item_count: Number.MAX_SAFE_INTEGER, clean_item_count: 0, act_id: "act", act_run_id: "run" },
    ...{ general_access: "RESTRICTED", stats: item.stats, extra: { schema: null, future: { key: "value" } } },
    ...{ first_seen_at: expect.any(String), changed_at: expect.any(String) },
    ...{ missing_since: null, removed_at: null, written_at: expect.any(String), inflated_bytes: 7 },
  });
  expect(bare?.["row"]).toMatchObject({
    name: null,
    item_count: null,
    stats: null,
    extra: null,
    modified_at: null,
  });
});

test("a change of a tracked column leaves a version, one of accessedAt or stats alone leaves none", async () => {
  await using mirror = await openMirror();
  await upsert(mirror.db, SOURCE, [dataset("a", 0, { name: "first" })], minuteText(10));
  const touched = { name: "first", accessedAt: "2026-01-02T00:00:00.000Z", stats: { readCount: 7 } };
  expect(await upsert(mirror.db, SOURCE, [dataset("a", 0, touched)], minuteText(11))).toMatchObject({
    updated: 1,
  });
  expect(await mirror.sql(VERSIONS)).toEqual([]);
  await upsert(mirror.db, SOURCE, [dataset("a", 0, { ...touched, name: "second" })], minuteText(12));
  expect(await mirror.sql(VERSIONS)).toEqual([
    { id: "a", name: "first", valid_from: new Date(minute(10)), valid_to: new Date(minute(12)) },
  ]);
});

test("the same id in two accounts is two datasets", async () => {
  await using mirror = await openMirror();
  await upsert(mirror.db, "one", [dataset("a", 0, { name: "of one" })], minuteText(1));
  expect(await upsert(mirror.db, "two", [dataset("a", 0, { name: "of two" })], minuteText(2))).toMatchObject({
    inserted: 1,
  });
  expect(await mirror.sql("select source, name from apify.datasets order by source")).toEqual([
    { source: "one", name: "of one" },
    { source: "two", name: "of two" },
  ]);
  expect(await mirror.sql(VERSIONS)).toEqual([]);
});

test("a clock that was set back makes no interval that ends before it begins", async () => {
  await using mirror = await openMirror();
  for (const [at, name] of [
    [20, "first"],
    [5, "second"],
    [30, "third"],
  ] as const) {
    await upsert(mirror.db, SOURCE, [dataset("a", 0, { name })], minuteText(at));
  }
  const versions = await mirror.sql(
    "select name, valid_from < valid_to as sound from apify.dataset_versions",
  );
  expect(versions.every((version) => version["sound"] === true)).toBe(true);
  expect(await mirror.sql("select name, changed_at from apify.datasets")).toEqual([
    { name: "third", changed_at: new Date(minute(30)) },
  ]);
});
