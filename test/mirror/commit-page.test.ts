import { expect, test } from "vitest";

import { PagesLostError } from "../../src/mirror/page-commit.ts";
import { storableJson } from "../../src/mirror/rejected.ts";
import { dataset, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const ROWS = [dataset("a", 0), dataset("b", 1), dataset("c", 2)];

test("rows, cursor and counters of a page come together", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const traffic = { requests: 4, throttled: 1, throttledMs: 1500, retried: 2, realigned: 1 };
  const page = { rows: ROWS, total: 9, offsetFrom: 0, offsetTo: 3, traffic };
  expect(await mirror.commit(run, page)).toEqual({
    ...{ pages: 1, count: 3, inserted: 3, updated: 0, unchanged: 0, missing: 0, rejected: 0 },
  });
  expect(await runOf(mirror)).toMatchObject({
    ...{ status: "running", pages: 1, count: 3, total: 9, offset_from: 0, offset_to: 3, inserted: 3 },
    ...{ requests: 4, throttled: 1, throttled_ms: 1500, retried: 2, realigned: 1, complete: false },
  });
  expect(
    await mirror.sql("select full_anchor_id, full_offset::int, remote_total::int from apify.sources"),
  ).toEqual([{ full_anchor_id: "c", full_offset: 3, remote_total: 9 }]);
});

test("committed again because the answer to COMMIT was lost: the page counts once", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const first = await mirror.commit(run, { rows: ROWS, pagesBefore: 0 });
  const state = () => mirror.sql("select * from apify.sync_runs, apify.sources");
  const before = await state();
  expect(await mirror.commit(run, { rows: ROWS, pagesBefore: 0 })).toMatchObject({ ...first });
  expect(await state()).toEqual(before);
  expect(await mirror.commit(run, { rows: ROWS, pagesBefore: 1 })).toMatchObject({
    pages: 2,
    count: 6,
    unchanged: 3,
  });
});

test("a page whose predecessors the database has lost is refused", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await expect(mirror.commit(run, { rows: ROWS, pagesBefore: 1 })).rejects.toThrow(PagesLostError);
  expect(await mirror.sql("select 1 from apify.datasets")).toEqual([]);
});

test("all or nothing: a row that fails takes its page, cursor and counters along", async () => {
  await using mirror = await openMirror();
  await mirror.sql("alter table apify.datasets add check (name <> 'bad')");
  const run = await mirror.begin();
  await mirror.commit(run, { rows: [dataset("a", 0)] });
  const before = await mirror.sql("select * from apify.sync_runs, apify.sources, apify.datasets");
  const rows = [...ROWS, dataset("d", 3, { name: "bad" })];
  await expect(mirror.commit(run, { rows, pagesBefore: 1 })).rejects.toThrow(
    /^write a page: .* violates check constraint/,
  );
  expect(await mirror.sql("select * from apify.sync_runs, apify.sources, apify.datasets")).toEqual(before);
});

test("all or nothing: counters that fail, the last statement of a page, take its rows and its cursor along", async () => {
  await using mirror = await openMirror();
  await mirror.sql("alter table apify.sync_runs add check (pages < 1)");
  const run = await mirror.begin();
  const state = () =>
    mirror.sql(
      "select (select count(*)::int from apify.datasets) as rows, full_anchor_id from apify.sources",
    );
  await expect(mirror.commit(run, { rows: ROWS })).rejects.toThrow(/violates check constraint/);
  expect(await state()).toEqual([{ rows: 0, full_anchor_id: null }]);
});

test("a dataset twice on its page: the later one counts", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const rows = [dataset("a", 0, { name: "earlier" }), dataset("b", 1), dataset("a", 0, { name: "later" })];
  expect(await mirror.commit(run, { rows })).toMatchObject({ count: 3, inserted: 2, unchanged: 1 });
  expect(await mirror.sql("select name from apify.datasets where id = 'a'")).toEqual([{ name: "later" }]);
});

test("rejected items: kept with their run, counted, and not absent though they are not written", async () => {
  await using mirror = await openMirror();
  const first = await mirror.begin();
  await mirror.commit(first, { rows: ROWS });
  await mirror.end(first);
  const run = await mirror.begin({ now: minute(5) });
  const rejected = [{ offset: 2, reason: "name: a number", item: '{"id":"c","name":7}' }];
  const page = { rows: ROWS.slice(0, 2), rejected, rejectedIds: ["c"], count: 3, now: minute(5) };
  expect(await mirror.commit(run, page)).toMatchObject({ rejected: 1, missing: 0, unchanged: 2 });
  expect(
    await mirror.sql(`select run_id::int, "offset"::int, reason, item from apify.rejected_items`),
  ).toEqual([{ run_id: run.id, offset: 2, reason: "name: a number", item: { id: "c", name: 7 } }]);
  expect(await mirror.sql("select id from apify.datasets where missing_since is not null")).toEqual([]);
});

test("rejected items at both ends of a page: what lies between them and the rows is found absent all the same", async () => {
  await using mirror = await openMirror();
  const first = await mirror.begin();
  await mirror.commit(first, { rows: ["a", "b", "c", "d", "e"].map((id, index) => dataset(id, index)) });
  await mirror.end(first);
  const run = await mirror.begin({ now: minute(9) });
  const coverage = { from: { createdAt: minute(0), inclusive: false }, before: minute(4), alsoSeen: [] };
  const page = { coverages: [coverage], rejectedIds: ["a", "e"], now: minute(9) };
  expect(await mirror.commit(run, { ...page, rows: [dataset("c", 2)] })).toMatchObject({ missing: 2 });
  expect(await mirror.commit(run, { ...page, rows: [], pagesBefore: 1 })).toMatchObject({ missing: 3 });
});

test("times finer than a millisecond, by which lists and pages are judged, put no row out of its group of ties", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const [one, other] = ["123", "456"].map((micros) => ({ createdAt: `2026-01-01T00:00:00.000${micros}Z` }));
  await mirror.commit(run, { rows: [dataset("a", 0, one)] });
  const coverage = { from: { createdAt: minute(0), inclusive: false }, before: null, alsoSeen: [] };
  const rows = [dataset("b", 0, other), dataset("c", 1)];
  expect(await mirror.commit(run, { rows, coverages: [coverage], pagesBefore: 1 })).toMatchObject({
    missing: 0,
  });
});

test("an incremental page moves its own cursor and marks nothing absent", async () => {
  await using mirror = await openMirror();
  const full = await mirror.begin();
  await mirror.commit(full, { rows: ROWS });
  await mirror.end(full);
  const run = await mirror.begin({ choose: () => "incremental" });
  expect(await mirror.commit(run, { rows: ROWS.slice(0, 1), overlap: 9 })).toMatchObject({ missing: 0 });
  expect(
    await mirror.sql("select incremental_anchor_id, incremental_overlap, full_pass from apify.sources"),
  ).toEqual([{ incremental_anchor_id: "a", incremental_overlap: 9, full_pass: null }]);
});

test("a page of a list that has become empty finds all absent", async () => {
  await using mirror = await openMirror();
  const first = await mirror.begin();
  await mirror.commit(first, { rows: ROWS });
  await mirror.end(first);
  const run = await mirror.begin({ now: minute(1) });
  expect(await mirror.commit(run, { rows: [], now: minute(1) })).toMatchObject({ missing: 3, count: 0 });
});

test("JSON that jsonb cannot hold is kept with visible escapes, what is too long is not", async () => {
  await using mirror = await openMirror();
  const item = { nul: "a\0b", half: "\ud83d", pair: "😀", written: "\\u0000 \\\\ud83d", ["key\0"]: 1 };
  const json = storableJson(item);
  const [row] = await mirror.sql("select $1::jsonb as item", [json]);
  expect(row?.["item"]).toEqual({
    nul: String.raw`a\u0000b`,
    half: String.raw`\ud83d`,
    pair: "😀",
    written: "\\u0000 \\\\ud83d",
    [String.raw`key\u0000`]: 1,
  });
  expect(storableJson({ long: "x".repeat(100_001) })).toBeNull();
});

async function runOf(mirror: TestMirror): Promise<unknown> {
  const [row] = await mirror.sql("select to_jsonb(r) as run from apify.sync_runs r order by id desc limit 1");
  return row?.["run"];
}
