import { expect, test } from "vitest";

import { PagesLostError } from "../../src/mirror/batch.ts";
import { BrakeError } from "../../src/mirror/brake.ts";
import { dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const ROWS = [dataset("a", 0), dataset("b", 1), dataset("c", 2)];

test("rows, cursor and counters of a page come together", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const traffic = { requests: 4, throttled: 1, throttledMs: 1500, retried: 2, realigned: 1 };
  const page = { rows: ROWS, total: 9, offsetFrom: 0, offsetTo: 3, traffic };
  expect(await mirror.commit(run, page)).toEqual({
    ...{ pages: 1, count: 3, inserted: 3, updated: 0, unchanged: 0, missing: 0, removed: 0, rejected: 0 },
    reconciled: 0,
  });
  expect(await runOf(mirror)).toMatchObject({
    ...{ status: "running", pages: 1, count: 3, total: 9, offset_from: 0, offset_to: 3, inserted: 3 },
    ...{ requests: 4, throttled: 1, throttled_ms: 1500, retried: 2, realigned: 1, complete: false },
  });
  expect(
    await mirror.sql(
      "select full_anchor_id, full_offset::int, remote_total::int, live_rows::int from apify.sources",
    ),
  ).toEqual([{ full_anchor_id: "c", full_offset: 3, remote_total: 9, live_rows: 3 }]);
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
  const run = await mirror.begin();
  const rejected = [{ offset: 2, id: "c", reason: "name: a number", item: '{"id":"c","name":7}' }];
  const page = { rows: ROWS.slice(0, 2), rejected, alsoListed: ["c"], count: 3 };
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
  const run = await mirror.begin();
  const range = { from: { createdAt: minute(0), inclusive: false }, before: minute(4) };
  const page = { coverages: [{ ranges: [range], alsoSeen: [], gaps: 0 }], alsoListed: ["a", "e"] };
  expect(await mirror.commit(run, { ...page, rows: [dataset("c", 2)] })).toMatchObject({ missing: 2 });
  expect(await mirror.commit(run, { ...page, rows: [], count: 2, pagesBefore: 1 })).toMatchObject({
    missing: 3,
  });
});

test("times finer than a millisecond, by which lists and pages are judged, put no row out of its group of ties", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const [one, other] = ["123", "456"].map((micros) => ({ createdAt: `2026-01-01T00:00:00.000${micros}Z` }));
  await mirror.commit(run, { rows: [dataset("a", 0, one)] });
  const range = { from: { createdAt: minute(0), inclusive: false }, before: null };
  const coverages = [{ ranges: [range], alsoSeen: [], gaps: 0 }];
  const rows = [dataset("b", 0, other), dataset("c", 1)];
  expect(await mirror.commit(run, { rows, coverages, pagesBefore: 1 })).toMatchObject({
    missing: 0,
  });
});

test("an incremental page moves its own cursor, and marks absent what it proves", async () => {
  await using mirror = await openMirror();
  const full = await mirror.begin();
  await mirror.commit(full, { rows: ROWS });
  await mirror.end(full);
  const run = await mirror.begin({ kind: "incremental" });
  const anchor = { id: "a", createdAt: minute(0) };
  const resume = { cursor: { offset: 1, anchor }, overlap: 9, rejected: 2 };
  expect(await mirror.commit(run, { rows: ROWS.slice(0, 1), resume })).toMatchObject({ missing: 2 });
  expect(
    await mirror.sql(
      "select incremental_anchor_id, incremental_overlap, incremental_rejected::int, full_pass, live_rows::int from apify.sources",
    ),
  ).toEqual([
    {
      incremental_anchor_id: "a",
      incremental_overlap: 9,
      incremental_rejected: 2,
      full_pass: null,
      live_rows: 1,
    },
  ]);
});

test("pages that move no cursor leave both where they are, and the total of the list", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, ROWS);
  const run = await mirror.begin({ kind: "named" });
  const cursors =
    "select incremental_offset, incremental_anchor_id, full_offset, full_pass, remote_total from apify.sources";
  const before = await mirror.sql(cursors);
  const changed = [dataset("a", 0, { name: "new" })];
  const named = { rows: changed, coverages: [], resume: null, total: null };
  expect(await mirror.commit(run, named)).toMatchObject({ updated: 1, missing: 0 });
  expect(await mirror.sql(cursors)).toEqual(before);
});

test("the live rows are counted with every commit: new, missing, back, removed and back again", async () => {
  await using mirror = await openMirror();
  const counted = async () => {
    const [row] = await mirror.sql(
      "select live_rows::int, (select count(*)::int from apify.live_datasets) as live from apify.sources",
    );
    expect(row?.["live_rows"]).toBe(row?.["live"]);
    return row?.["live"];
  };
  for (const [at, rows] of [3, 2, 3, 1, 1, 3, 2].entries()) {
    await fullPass(mirror, at, ROWS.slice(0, rows));
    expect(await counted()).toBe(rows);
  }
});

test("written_at grows strictly from commit to commit, whatever the clock does, and moves with absence and removal", async () => {
  await using mirror = await openMirror();
  const written = "select id, written_at::text from apify.datasets order by written_at";
  await fullPass(mirror, 5, ROWS);
  const first = await mirror.sql(written);
  mirror.now = minute(1);
  const run = await mirror.begin();
  await mirror.commit(run, { rows: ROWS.slice(0, 2) });
  await mirror.commit(run, { rows: [dataset("a", 0, { name: "new" }), ...ROWS.slice(1, 2)], pagesBefore: 1 });
  const second = await mirror.sql(written);
  expect(second.map(({ id }) => id)).toEqual(["b", "c", "a"]);
  expect(new Set(second.map((row) => row["written_at"])).size).toBe(3);
  expect(second[0]?.["written_at"]).toBe(first[0]?.["written_at"]);
  await mirror.end(run);
  await fullPass(mirror, 20, ROWS.slice(0, 2));
  const third = await mirror.sql(written);
  expect(third.map(({ id }) => id)).toEqual(
    ["b", "c", "a"].toSorted((one, two) => Number(one === "c") - Number(two === "c")),
  );
  expect(
    await mirror.sql("select removed_at = written_at as moved from apify.datasets where id = 'c'"),
  ).toEqual([{ moved: true }]);
});

test("a list that has become empty is suspicious however short it was, and nothing is written", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, ROWS.slice(0, 1));
  const before = await mirror.sql("select live_rows, full_offset from apify.sources");
  const { outcome } = await fullPass(mirror, 1, []);
  expect(outcome).toMatchObject({
    status: "suspicious",
    error: expect.stringMatching(/the list is empty, though the mirror has 1 live/),
  });
  expect(await mirror.sql("select live_rows, full_offset from apify.sources")).toEqual(before);
  expect((await fullPass(mirror, 2, [], { accept: true })).progress).toMatchObject({ missing: 1, count: 0 });
});

test("a page that the brake holds back leaves everything as it was, the run's counters too", async () => {
  await using mirror = await openMirror();
  const many = Array.from({ length: 300 }, (_, index) => dataset(`id${index}`, index));
  await fullPass(mirror, 0, many);
  const run = await mirror.begin();
  const state = () =>
    mirror.sql(
      "select s.live_rows, s.full_offset, r.pages, r.inserted from apify.sources s, apify.sync_runs r order by r.id",
    );
  const before = await state();
  const others = Array.from({ length: 400 }, (_, index) => dataset(`other${index}`, index));
  await expect(mirror.commit(run, { rows: others })).rejects.toThrow(BrakeError);
  expect(await state()).toEqual(before);
  expect(await mirror.sql("select 1 from apify.datasets where id like 'other%'")).toEqual([]);
});

async function runOf(mirror: TestMirror): Promise<unknown> {
  const [row] = await mirror.sql("select to_jsonb(r) as run from apify.sync_runs r order by id desc limit 1");
  return row?.["run"];
}
