import { expect, test } from "vitest";

import { beginRun } from "../../src/mirror/begin-run.ts";
import { LeaseLostError, renewLease, returnLease } from "../../src/mirror/lease.ts";
import type { TestMirror } from "../support/mirror.ts";
import { dataset, openMirror, requestOf } from "../support/mirror.ts";

const EXPIRE = "update apify.sources set lease_expires_at = clock_timestamp() - interval '1 ms'";
const other = (preempt = false) => requestOf({ holder: "other process", preempt });

test("one holder at a time: another is told who, even if it would preempt a run", async () => {
  await using mirror = await openMirror();
  await mirror.begin();
  expect(await beginRun(mirror.db, mirror.clock, other())).toEqual({ heldBy: "this process" });
  expect(await beginRun(mirror.db, mirror.clock, other(true))).toEqual({ heldBy: "this process" });
  expect(await mirror.sql("select count(*)::int from apify.sync_runs")).toEqual([{ count: 1 }]);
});

test("twelve processes at once: one gets the lease", async () => {
  await using mirror = await openMirror();
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      beginRun(mirror.db, mirror.clock, requestOf({ holder: `process ${index}` })),
    ),
  );
  expect(results.filter((result) => "id" in result)).toHaveLength(1);
  expect(await mirror.sql("select count(*)::int from apify.sync_runs")).toEqual([{ count: 1 }]);
});

test("a service between two runs keeps the lease from another service, not from a person", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.end(run, { keepLease: true });
  expect(await beginRun(mirror.db, mirror.clock, other())).toEqual({ heldBy: "this process" });
  expect(await beginRun(mirror.db, mirror.clock, other(true))).toMatchObject({
    lease: { holder: "other process" },
  });
});

test("a run that ends without keeping it gives the lease back", async () => {
  await using mirror = await openMirror();
  await mirror.end(await mirror.begin());
  expect(await beginRun(mirror.db, mirror.clock, other())).toMatchObject({ id: 2 });
});

test("an expired lease is taken over, and its former holder writes, renews, ends and returns nothing", async () => {
  await using mirror = await openMirror();
  const old = await mirror.begin();
  await mirror.sql(EXPIRE);
  const taken = await mirror.begin({ holder: "other process" });
  expect(taken.lease.fence).toBeGreaterThan(old.lease.fence);
  const before = await stateOf(mirror);
  await expect(mirror.commit(old, { rows: [dataset("a", 0)] })).rejects.toThrow(LeaseLostError);
  await expect(renewLease(mirror.db, old.lease)).rejects.toThrow(LeaseLostError);
  await expect(mirror.end(old)).rejects.toThrow(LeaseLostError);
  await returnLease(mirror.db, old.lease, false);
  expect(await stateOf(mirror)).toEqual(before);
  expect(await mirror.sql("select id::int, status from apify.sync_runs order by id")).toEqual([
    { id: 1, status: "abandoned" },
    { id: 2, status: "running" },
  ]);
});

test("a holder that was asleep past its lease writes nothing, though nobody has taken over", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.sql(EXPIRE);
  const before = await stateOf(mirror);
  await expect(mirror.commit(run, { rows: [dataset("a", 0)] })).rejects.toThrow(LeaseLostError);
  // A page that changes nothing is one statement, with a check of its own.
  await expect(mirror.commit(run)).rejects.toThrow(LeaseLostError);
  await expect(renewLease(mirror.db, run.lease)).rejects.toThrow(LeaseLostError);
  expect(await stateOf(mirror)).toEqual(before);
});

test("the fence alone decides: a run that still says running writes nothing once the number has grown", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  await mirror.sql("update apify.sources set lease_fence = lease_fence + 1");
  const before = await stateOf(mirror);
  await expect(mirror.commit(run, { rows: [dataset("a", 0)] })).rejects.toThrow(LeaseLostError);
  await expect(mirror.commit(run)).rejects.toThrow(LeaseLostError);
  await expect(mirror.end(run)).rejects.toThrow(LeaseLostError);
  expect(await stateOf(mirror)).toEqual(before);
});

test("the heartbeat prolongs the lease, and so does a page, for which the heartbeat has to wait", async () => {
  await using mirror = await openMirror();
  const run = await mirror.begin();
  const nearlyOver = "update apify.sources set lease_expires_at = clock_timestamp() + interval '5 s'";
  for (const prolong of [() => renewLease(mirror.db, run.lease), () => mirror.commit(run)]) {
    await mirror.sql(nearlyOver);
    await prolong();
    const [row] = await mirror.sql(
      "select extract(epoch from lease_expires_at - clock_timestamp())::float8 as left from apify.sources",
    );
    expect(row?.["left"]).toBeGreaterThan(20);
    expect(row?.["left"]).toBeLessThanOrEqual(30);
  }
});

test("the same holder begins anew with a higher fence, so a run of its own that it forgot is fenced off", async () => {
  await using mirror = await openMirror();
  const first = await mirror.begin();
  const second = await mirror.begin();
  expect(second.lease.fence).toBe(first.lease.fence + 1);
  await expect(mirror.commit(first, { rows: [dataset("a", 0)] })).rejects.toThrow(LeaseLostError);
});

test("a page in commit makes who takes over wait for it, so nothing is written behind the new holder's back", async () => {
  await using mirror = await openMirror();
  const old = await mirror.begin();
  const rows = Array.from({ length: 2000 }, (_, index) => dataset(`id${index}`, index));
  const committing = mirror.commit(old, { rows });
  const taken = await mirror.sql("select 1").then(() => beginRun(mirror.db, mirror.clock, requestOf()));
  const [{ status: outcome }] = await Promise.allSettled([committing]);
  const [row] = await mirror.sql("select count(*)::int from apify.datasets");
  // Either it was whole before the new run began, or nothing of it came.
  expect(row?.["count"]).toBe(outcome === "fulfilled" ? 2000 : 0);
  const anchor = "state" in taken ? (taken.state.full?.cursor.anchor ?? null) : null;
  expect(anchor === null).toBe(outcome === "rejected");
});

async function stateOf(mirror: TestMirror): Promise<unknown> {
  return mirror.sql(
    "select (select jsonb_agg(to_jsonb(s)) from apify.sources s) as sources, (select count(*) from apify.datasets) as datasets",
  );
}
