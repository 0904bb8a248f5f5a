import { expect, test } from "vitest";

import { OVERLAP_MIN, START } from "../../src/core/cursor.ts";
import { beginRun } from "../../src/mirror/begin-run.ts";
import { LeaseLostError } from "../../src/mirror/lease.ts";
import {
  SCOPE,
  SOURCE,
  dataset,
  fullPass,
  minute,
  openMirror,
  requestOf,
  ruleOf,
} from "../support/mirror.ts";

const RUNS = "select id::int, kind, status, error from apify.sync_runs order by id";
const ABANDONED = "the process ended without closing the run; what it had committed stands";

test("the first run of an account finds nothing, and its row is written", async () => {
  await using mirror = await openMirror();
  mirror.now = minute(3);
  const run = await mirror.begin({ trigger: "startup", kind: "incremental" });
  expect(run.state).toEqual({
    incremental: { cursor: START, overlap: OVERLAP_MIN, rejected: 0 },
    full: null,
    remoteTotal: null,
    lastFullPassAt: null,
    ownerId: null,
    reconcile: { hints: [], remainder: 0 },
  });
  expect(run).toMatchObject({
    kind: "full",
    pass: { id: run.id, startedAt: minute(3), cursor: START, rejected: 0 },
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

test("a run that a crash left open is closed as abandoned, and its full pass is resumed", async () => {
  await using mirror = await openMirror();
  const crashed = await mirror.begin();
  const rows = [dataset("a", 0), dataset("b", 1)];
  const anchor = { id: "b", createdAt: minute(1) };
  const resume = { cursor: { offset: 3, anchor }, overlap: 2, rejected: 1 };
  await mirror.commit(crashed, { rows, resume });
  mirror.now = minute(9);
  const next = await mirror.begin();
  expect(await mirror.sql(RUNS)).toEqual([
    { id: 1, kind: "full", status: "abandoned", error: ABANDONED },
    { id: 2, kind: "full", status: "running", error: null },
  ]);
  expect(next.pass).toEqual({
    id: crashed.id,
    startedAt: minute(0),
    cursor: { offset: 3, anchor },
    rejected: 1,
  });
});

test("a full pass that is older than its schedule allows is begun anew, and so is one whose removals are accepted", async () => {
  await using mirror = await openMirror();
  await mirror.commit(await mirror.begin(), { rows: [dataset("a", 0)] });
  const resumeMsMax = 10 * 60_000;
  mirror.now = minute(10) - 1;
  expect((await mirror.begin({ resumeMsMax })).pass).toMatchObject({ id: 1, startedAt: minute(0) });
  const accepting = await mirror.begin({ resumeMsMax, rule: ruleOf({ accept: true }) });
  expect(accepting.pass).toEqual({ id: 3, startedAt: minute(10) - 1, cursor: START, rejected: 0 });
  mirror.now = minute(10);
  const anew = await mirror.begin({ resumeMsMax });
  expect(anew.pass).toEqual({ id: 4, startedAt: minute(10), cursor: START, rejected: 0 });
});

test("an incremental run leaves a full pass that was broken off where it is", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 0, [dataset("a", 0)]);
  const broken = await mirror.begin();
  await mirror.commit(broken, { rows: [dataset("a", 0)] });
  const incremental = await mirror.begin({ kind: "incremental" });
  expect(incremental.pass).toBeNull();
  await mirror.commit(incremental, { rows: [dataset("a", 0), dataset("b", 1)], coverages: [] });
  await mirror.end(incremental);
  const full = await mirror.begin();
  expect(full.pass).toMatchObject({ id: broken.id, cursor: { offset: 1, anchor: { id: "a" } } });
  expect(full.state.incremental.cursor).toMatchObject({ offset: 2, anchor: { id: "b" } });
});

test.each([
  ["base URL", { ...SCOPE, baseUrl: "https://elsewhere.example/" }],
  ["unnamed", { ...SCOPE, unnamed: false }],
  ["ownership", { ...SCOPE, ownership: "ownedByMe" }],
])(
  "another scope (%s) is another list: it is read from its beginning, and replaces the old cursors once it has answered",
  async (_, scope) => {
    await using mirror = await openMirror();
    await fullPass(mirror, 1, [dataset("a", 0)]);
    const incremental = await mirror.begin({ kind: "incremental" });
    const anchor = { id: "a", createdAt: minute(0) };
    const resume = { cursor: { offset: 1, anchor }, overlap: 77, rejected: 0 };
    await mirror.commit(incremental, { rows: [dataset("a", 0)], resume });
    await mirror.end(incremental);
    await mirror.commit(await mirror.begin(), { rows: [dataset("a", 0)] });
    const kept =
      "select base_url, unnamed, ownership, incremental_anchor_id, full_anchor_id, last_full_pass_at from apify.sources";
    const before = await mirror.sql(kept);

    const silent = await mirror.begin({ scope, kind: "incremental" });
    expect(silent).toMatchObject({ kind: "full", adoptsScope: true, pass: { id: silent.id, cursor: START } });
    await mirror.end(silent, { status: "failed", error: "no answer", complete: false, passEnd: null });
    expect(await mirror.sql(kept)).toEqual(before);

    const run = await mirror.begin({ scope, kind: "incremental" });
    await mirror.commit(run, { rows: [dataset("a", 0)] });
    expect(await mirror.sql(kept)).toEqual([
      {
        ...{ base_url: scope.baseUrl, unnamed: scope.unnamed, ownership: scope.ownership },
        ...{ incremental_anchor_id: null, full_anchor_id: "a", last_full_pass_at: null },
      },
    ]);
    expect((await mirror.begin({ scope })).adoptsScope).toBe(false);
    expect(await mirror.sql("select id from apify.live_datasets")).toEqual([{ id: "a" }]);
  },
);

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
  expect(await beginRun(mirror.db, mirror.clock, requestOf({ holder: "other process", scope }))).toEqual({
    heldBy: "this process",
  });
  expect(await mirror.sql("select * from apify.sources")).toEqual(before);
});

test("an empty mirror begins with a full pass whatever is due, a filled one with what is due", async () => {
  await using mirror = await openMirror();
  expect(await mirror.begin({ kind: "named" })).toMatchObject({ kind: "full" });
  await fullPass(mirror, 1, [dataset("a", 0)]);
  expect(await mirror.begin({ kind: "named" })).toMatchObject({ kind: "named", pass: null });
  expect(await mirror.begin({ kind: "incremental" })).toMatchObject({ kind: "incremental", pass: null });
});

test("a run inside another one shares its lease, and both are under way", async () => {
  await using mirror = await openMirror();
  await fullPass(mirror, 1, [dataset("a", 0)]);
  const outer = await mirror.begin();
  const inner = await mirror.begin({ kind: "incremental", within: outer.lease });
  expect(inner).toMatchObject({ isNested: true, lease: outer.lease });
  await mirror.commit(inner, { rows: [dataset("a", 0), dataset("b", 1)], coverages: [] });
  await mirror.end(inner, { keepLease: false });
  await mirror.commit(outer, { rows: [dataset("a", 0), dataset("b", 1)] });
  expect((await mirror.end(outer)).status).toBe("succeeded");
  expect(
    await mirror.sql("select kind, status, inserted::int, unchanged::int from apify.sync_runs order by id"),
  ).toEqual([
    { kind: "full", status: "succeeded", inserted: 1, unchanged: 0 },
    { kind: "full", status: "succeeded", inserted: 0, unchanged: 2 },
    { kind: "incremental", status: "succeeded", inserted: 1, unchanged: 1 },
  ]);
});

test("a run inside another one does not begin when the lease is lost", async () => {
  await using mirror = await openMirror();
  const { lease } = await mirror.begin();
  await mirror.sql("update apify.sources set lease_fence = lease_fence + 1");
  await expect(mirror.begin({ within: lease })).rejects.toThrow(LeaseLostError);
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
