import { expect, test } from "vitest";

import type { Ending } from "../../src/mirror/end-run.ts";
import { dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const REMOVED =
  "select id, missing_since, removed_at from apify.datasets where removed_at is not null order by id";
const NAMES = (count: number) =>
  Array.from({ length: count }, (_, index) => `d${String(index).padStart(4, "0")}`);
const account = (count: number) => NAMES(count).map((id, index) => dataset(id, index));

test("absent once: missing, and not live any more; absent again: removed", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  const first = await fullPass(mirror, 1, account(2));
  expect(first).toMatchObject({ progress: { missing: 1, removed: 0 }, outcome: { status: "succeeded" } });
  expect(await mirror.sql("select id from apify.live_datasets order by id")).toEqual([
    { id: "d0000" },
    { id: "d0001" },
  ]);
  const second = await fullPass(mirror, 2, account(2));
  expect(second.progress).toMatchObject({ missing: 0, removed: 1 });
  expect(await mirror.sql(REMOVED)).toEqual([
    { id: "d0002", missing_since: new Date(minute(1)), removed_at: new Date(minute(2)) },
  ]);
  expect(
    await mirror.sql("select missing::int, removed::int, complete from apify.sync_runs order by id"),
  ).toEqual([
    { missing: 0, removed: 0, complete: true },
    { missing: 1, removed: 0, complete: true },
    { missing: 0, removed: 1, complete: true },
  ]);
});

test("within the grace nothing is removed, however many passes do not see it", async () => {
  await using mirror = await openMirror();
  const graceMs = 15 * 60_000;
  await fullPass(mirror, 0, account(3));
  for (const at of [1, 5, 9, 15, 15.9]) {
    expect((await fullPass(mirror, at, account(2), { graceMs })).progress?.removed).toBe(0);
  }
  expect((await fullPass(mirror, 16, account(2), { graceMs })).progress?.removed).toBe(1);
});

test("seen again between two absences: not removed, and the absence counts from anew", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  expect((await fullPass(mirror, 2, account(3))).progress).toMatchObject({ updated: 1, unchanged: 2 });
  expect(await mirror.sql("select id from apify.datasets where missing_since is not null")).toEqual([]);
  expect((await fullPass(mirror, 3, account(2))).progress?.removed).toBe(0);
  expect((await fullPass(mirror, 4, account(2))).progress?.removed).toBe(1);
});

test("an absence is not confirmed by pages that did not look there", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  mirror.now = minute(2);
  const run = await mirror.begin();
  expect((await mirror.commit(run, { rows: account(2), coverages: [] })).removed).toBe(0);
});

const UNPROVEN: ReadonlyArray<[string, Partial<Ending>]> = [
  ["that is not complete", { complete: false }],
  ["that failed", { complete: false, passEnd: null, status: "failed", error: "why" }],
];

test.each(UNPROVEN)("a pass %s is no proven pass", async (_, ending) => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, account(3));
  mirror.now = minute(2);
  const run = await mirror.begin();
  await mirror.commit(run, { rows: account(2) });
  await mirror.end(run, ending);
  expect(await mirror.sql("select last_full_pass_at, brake_missing_rows::int from apify.sources")).toEqual([
    { last_full_pass_at: new Date(minute(1)), brake_missing_rows: 1 },
  ]);
});

test("a proven pass counts from when it began, hands its cursor on, and the brake measures from it", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(9));
  mirror.now = minute(3);
  const run = await mirror.begin();
  await mirror.commit(run, { rows: account(7) });
  mirror.now = minute(8);
  const cursor = { offset: 6, anchor: { id: "d0005", createdAt: minute(5) } };
  await mirror.end(run, { passEnd: { cursor, rejected: 3 } });
  expect(
    await mirror.sql(`select last_full_pass_at, full_pass, incremental_offset::int, incremental_anchor_id,
      incremental_rejected::int, brake_live_rows::int, brake_missing_rows::int from apify.sources`),
  ).toEqual([
    {
      ...{ last_full_pass_at: new Date(minute(3)), full_pass: null, incremental_offset: 6 },
      ...{
        incremental_anchor_id: "d0005",
        incremental_rejected: 3,
        brake_live_rows: 7,
        brake_missing_rows: 0,
      },
    },
  ]);
  expect(await mirror.sql("select finished_at from apify.sync_runs order by id desc limit 1")).toEqual([
    { finished_at: new Date(minute(8)) },
  ]);
});

test("what a run learned about gone rows is stored, and a proven pass forgets the remainder", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  const run = await mirror.begin({ kind: "incremental" });
  await mirror.end(run, { reconcile: { hints: [70, 7], remainder: -2 } });
  expect((await mirror.begin()).state.reconcile).toEqual({ hints: [70, 7], remainder: -2 });
  await fullPass(mirror, 1, account(3));
  expect((await mirror.begin()).state.reconcile).toEqual({ hints: [70, 7], remainder: 0 });
});

/** Live rows, rows that go, share of the brake, and whether it stops them. */
const BRAKES: ReadonlyArray<[number, number, number, boolean]> = [
  [100, 100, 0, false],
  [101, 101, 0.5, true],
  [200, 100, 0, false],
  [202, 101, 0.5, false],
  [201, 101, 0.5, true],
  [300, 101, 0.5, false],
  [300, 300, 1, false],
  [101, 101, 0, true],
];

test.each(BRAKES)(
  "of %i live rows %i go, the brake at %d: stopped is %s",
  async (live, gone, share, stopped) => {
    await using mirror = await openMirror();
    await fullPass(mirror, 0, account(live));
    // One that is new keeps the list from being empty.
    const left = [...account(live).slice(gone), dataset("new", 9999)];
    const { outcome } = await fullPass(mirror, 1, left, { share });
    expect(outcome.status).toBe(stopped ? "suspicious" : "succeeded");
    expect(await mirror.sql("select count(*)::int from apify.live_datasets")).toEqual([
      { count: stopped ? live : left.length },
    ]);
  },
);

test("what left in several runs since the last proven pass is added up, what came back is not", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(300));
  const incremental = async (rows: number) => {
    const run = await mirror.begin({ kind: "incremental" });
    await mirror.commit(run, { rows: account(rows) });
    await mirror.end(run);
  };
  await incremental(200);
  await incremental(300);
  await incremental(151);
  await expect(incremental(149)).rejects.toThrow(
    /151 of 300 datasets have left the list since the last proven full pass/,
  );
  await incremental(150);
});

test("a suspicious pass says why and what to do, and --accept-removals reads everything anew", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(150));
  const left = account(1);
  const { run, outcome } = await fullPass(mirror, 2, left);
  expect(outcome.error).toMatch(
    /149 of 150 datasets have left the list.*token of another account.*sync --full --accept-removals/,
  );
  expect(await rowOf(mirror, run.id)).toMatchObject({
    status: "suspicious",
    error: outcome.error,
    missing: 0,
  });
  expect(await mirror.sql("select last_full_pass_at, full_pass from apify.sources")).toEqual([
    { last_full_pass_at: new Date(minute(0)), full_pass: null },
  ]);
  // It stays suspicious until a person looks at it.
  expect((await fullPass(mirror, 3, left)).outcome.status).toBe("suspicious");
  expect(await fullPass(mirror, 4, left, { accept: true })).toMatchObject({
    progress: { missing: 149 },
    outcome: { status: "succeeded", error: null },
  });
  expect((await fullPass(mirror, 5, left)).progress).toMatchObject({ removed: 149 });
});

test("ended again because the answer was lost: the same outcome, and nothing is done twice", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  const { run, outcome } = await fullPass(mirror, 2, account(2));
  const before = await mirror.sql("select * from apify.sources, apify.sync_runs order by sync_runs.id");
  mirror.now = minute(99);
  expect(await mirror.end(run)).toEqual(outcome);
  expect(await mirror.sql("select * from apify.sources, apify.sync_runs order by sync_runs.id")).toEqual(
    before,
  );
});

test("the same when another process has begun a run meanwhile", async () => {
  await using mirror = await openMirror();
  const { run, outcome } = await fullPass(mirror, 0, account(3));
  await mirror.begin({ holder: "other process" });
  expect(await mirror.end(run)).toEqual(outcome);
});

async function rowOf(mirror: TestMirror, id: number): Promise<unknown> {
  const [row] = await mirror.sql("select to_jsonb(r) as run from apify.sync_runs r where id = $1", [id]);
  return row?.["run"];
}
