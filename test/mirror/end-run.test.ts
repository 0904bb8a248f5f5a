import { expect, test } from "vitest";

import type { Ending } from "../../src/mirror/end-run.ts";
import { dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const REMOVED =
  "select id, missing_since, removed_at from apify.datasets where removed_at is not null order by id";
const NAMES = (count: number) =>
  Array.from({ length: count }, (_, index) => `d${String(index).padStart(4, "0")}`);
const account = (count: number) => NAMES(count).map((id, index) => dataset(id, index));

test("absent once: missing; absent in a second pass: removed", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  const first = await fullPass(mirror, 1, account(2));
  expect([first.progress.missing, first.outcome]).toEqual([
    1,
    { status: "succeeded", removed: 0, error: null },
  ]);
  const second = await fullPass(mirror, 2, account(2));
  expect([second.progress.missing, second.outcome.removed]).toEqual([0, 1]);
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
  await fullPass(mirror, 0, account(3));
  for (const at of [1, 5, 9, 15, 15.9]) {
    expect((await fullPass(mirror, at, account(2), { graceMs: 15 * 60_000 })).outcome.removed).toBe(0);
  }
  expect((await fullPass(mirror, 16, account(2), { graceMs: 15 * 60_000 })).outcome.removed).toBe(1);
});

test("seen again between two absences: not removed, and the absence counts from anew", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  expect((await fullPass(mirror, 2, account(3))).progress).toMatchObject({ updated: 1, unchanged: 2 });
  expect(await mirror.sql("select id from apify.datasets where missing_since is not null")).toEqual([]);
  expect((await fullPass(mirror, 3, account(2))).outcome.removed).toBe(0);
  expect((await fullPass(mirror, 4, account(2))).outcome.removed).toBe(1);
});

test("an absence that began in the pass itself is not confirmed by it, however long the pass takes", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  const run = await mirror.begin({ now: minute(1) });
  await mirror.commit(run, { rows: account(2), now: minute(2) });
  expect((await mirror.end(run, { now: minute(600) })).removed).toBe(0);
});

test("an absence that an earlier pass found is not confirmed by one that did not look there", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  const run = await mirror.begin({ now: minute(2) });
  await mirror.commit(run, { rows: account(2), coverages: [], now: minute(2) });
  expect((await mirror.end(run, { now: minute(2) })).removed).toBe(0);
});

const UNPROVEN: ReadonlyArray<[string, Partial<Ending>]> = [
  ["that is not complete", { complete: false }],
  ["that failed", { complete: false, passEnd: null, status: "failed", error: "why" }],
];

test.each(UNPROVEN)("a pass %s removes nothing and is no proven pass", async (_, ending) => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  const run = await mirror.begin({ now: minute(2) });
  await mirror.commit(run, { rows: account(2), now: minute(2) });
  expect((await mirror.end(run, { now: minute(2), ...ending })).removed).toBe(0);
  expect(await mirror.sql("select last_full_pass_at from apify.sources")).toEqual([
    { last_full_pass_at: new Date(minute(1)) },
  ]);
});

test("an incremental run removes nothing", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  const run = await mirror.begin({ now: minute(2), choose: () => "incremental" });
  await mirror.commit(run, { rows: account(2), now: minute(2) });
  expect(await mirror.end(run, { now: minute(2) })).toMatchObject({ removed: 0, status: "succeeded" });
  expect(await mirror.sql("select incremental_anchor_id from apify.sources")).toEqual([
    { incremental_anchor_id: "d0001" },
  ]);
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
  async (live, gone, brake, stopped) => {
    await using mirror = await openMirror();
    await fullPass(mirror, 0, account(live));
    const left = account(live).slice(gone);
    await fullPass(mirror, 1, left, { brake });
    const { outcome } = await fullPass(mirror, 2, left, { brake });
    expect(outcome).toMatchObject(
      stopped ? { status: "suspicious", removed: 0 } : { status: "succeeded", removed: gone },
    );
    expect(await mirror.sql("select count(*)::int from apify.live_datasets")).toEqual([
      { count: stopped ? live : live - gone },
    ]);
  },
);

test("a suspicious pass says why and what to do, and --accept-removals lets the next one through", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(150));
  await fullPass(mirror, 1, []);
  const { run, outcome } = await fullPass(mirror, 2, []);
  expect(outcome.error).toMatch(
    /would remove 150 of 150 live datasets.*token of another account.*sync --full --accept-removals/,
  );
  expect(await rowOf(mirror, run.id)).toMatchObject({
    status: "suspicious",
    error: outcome.error,
    complete: true,
    removed: 0,
  });
  expect(await mirror.sql("select last_full_pass_at, full_pass from apify.sources")).toEqual([
    { last_full_pass_at: new Date(minute(1)), full_pass: null },
  ]);
  // It stays suspicious until a person looks at it.
  expect((await fullPass(mirror, 3, [])).outcome.status).toBe("suspicious");
  expect((await fullPass(mirror, 4, [], { accept: true })).outcome).toEqual({
    status: "succeeded",
    removed: 150,
    error: null,
  });
});

test("ended again because the answer was lost: the same outcome, and nothing is done twice", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, account(3));
  await fullPass(mirror, 1, account(2));
  const { run, outcome } = await fullPass(mirror, 2, account(2));
  const before = await mirror.sql("select * from apify.sources, apify.sync_runs order by sync_runs.id");
  expect(await mirror.end(run, { now: minute(99) })).toEqual(outcome);
  expect(outcome.removed).toBe(1);
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
