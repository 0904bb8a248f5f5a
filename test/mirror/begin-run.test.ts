import { expect, test } from "vitest";

import { START } from "../../src/core/cursor.ts";
import { beginRun } from "../../src/mirror/begin-run.ts";
import { SCOPE, SOURCE, dataset, fullPass, minute, openMirror, requestOf } from "../support/mirror.ts";

const RUNS = "select id::int, kind, status, error from apify.sync_runs order by id";
const ABANDONED = "the process ended without closing the run; what it had committed stands";

test("the first run of an account finds nothing, and its row is written", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin({ trigger: "startup", now: minute(3) });
  expect(run.state).toEqual({
    incremental: { cursor: START, overlap: 2 },
    full: null,
    remoteTotal: null,
    lastFullPassAt: null,
  });
  expect(run).toMatchObject({
    kind: "full",
    pass: { id: run.id, startedAt: minute(3), cursor: START, flawless: true },
  });
  expect(
    await mirror.sql("select status, trigger, kind, started_at, finished_at from apify.sync_runs"),
  ).toEqual([
    {
      status: "running",
      trigger: "startup",
      kind: "full",
      started_at: new Date(minute(3)),
      finished_at: null,
    },
  ]);
});

test("a run that a crash left open is closed as abandoned, and its full pass is gone on with", async () => {
  await using mirror = await openMirror();
  const crashed = await mirror.begin();
  const rows = [dataset("a", 0), dataset("b", 1)];
  await mirror.commit(crashed, { rows, provesAbsence: false });
  const next = await mirror.begin({ now: minute(9) });
  expect(await mirror.sql(RUNS)).toEqual([
    { id: 1, kind: "full", status: "abandoned", error: ABANDONED },
    { id: 2, kind: "full", status: "running", error: null },
  ]);
  const anchor = { id: "b", createdAt: minute(1) };
  expect(next.pass).toEqual({
    id: crashed.id,
    startedAt: minute(0),
    cursor: { offset: 2, anchor },
    flawless: false,
  });
});

test("an incremental run leaves a full pass that was broken off where it is", async () => {
  await using mirror = await openMirror();
  await mirror.commit(await mirror.begin(), { rows: [dataset("a", 0)] });
  const incremental = await mirror.begin({ choose: () => "incremental" });
  expect(incremental.pass).toBeNull();
  await mirror.commit(incremental, { rows: [dataset("a", 0), dataset("b", 1)], coverages: [] });
  await mirror.end(incremental, { passEnd: null });
  const full = await mirror.begin();
  expect(full.pass).toMatchObject({ id: 1, cursor: { offset: 1, anchor: { id: "a" } } });
  expect(full.state.incremental.cursor).toMatchObject({ offset: 2, anchor: { id: "b" } });
});

test.each([
  ["base URL", { ...SCOPE, baseUrl: "https://elsewhere.example/" }],
  ["unnamed", { ...SCOPE, unnamed: false }],
  ["ownership", { ...SCOPE, ownership: "ownedByMe" }],
])("another scope (%s) is another list: both cursors start anew, the rows stay", async (_, scope) => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, [dataset("a", 0)]);
  const incremental = await mirror.begin({ choose: () => "incremental" });
  await mirror.commit(incremental, { rows: [dataset("a", 0)], coverages: [], overlap: 77 });
  await mirror.end(incremental, { passEnd: null });
  const crashed = await mirror.begin();
  await mirror.commit(crashed, { rows: [dataset("a", 0)] });

  const run = await mirror.begin({ scope });
  expect(run.state.incremental.cursor).toEqual(START);
  expect(run.pass).toMatchObject({ id: run.id, cursor: START });
  expect(await mirror.sql("select id from apify.live_datasets")).toEqual([{ id: "a" }]);
  await mirror.end(run);
  expect((await mirror.begin({ scope })).state.remoteTotal).toBeNull();
});

test("a scope that is the same, nulls included, changes nothing", async () => {
  await using mirror = await openMirror();
  await mirror.commit(await mirror.begin(), { rows: [dataset("a", 0)] });
  expect((await mirror.begin()).pass).toMatchObject({ id: 1, cursor: { offset: 1 } });
});

test("a process that does not get the lease takes no cursor away with its other scope", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.commit(run, { rows: [dataset("a", 0)] });
  const before = await mirror.sql("select * from apify.sources");
  const scope = { ...SCOPE, unnamed: false };
  expect(await beginRun(mirror.db, requestOf({ holder: "other process", scope }))).toEqual({
    heldBy: "this process",
  });
  expect(await mirror.sql("select * from apify.sources")).toEqual(before);
});

test("the kind is chosen by the state under the lease", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, [dataset("a", 0)]);
  const run = await mirror.begin({
    choose: ({ lastFullPassAt }) => (lastFullPassAt === minute(1) ? "incremental" : "full"),
  });
  expect(run).toMatchObject({ kind: "incremental", pass: null });
});

test("accounts in one mirror have nothing to do with each other", async () => {
  await using mirror = await openMirror();
  await mirror.begin();
  const other = await mirror.begin({ source: "another", holder: "another process" });
  expect(other.lease).toMatchObject({ source: "another", fence: 1 });
  expect(await mirror.sql("select source, status from apify.sync_runs order by source")).toEqual(
    [
      { source: SOURCE, status: "running" },
      { source: "another", status: "running" },
    ].toSorted((one, two) => (one.source < two.source ? -1 : 1)),
  );
});
