/** What an incremental run finds of what happened behind its cursor, on a real database and a real HTTP server. */
import { expect, test } from "vitest";

import { expectEqual } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig, RigOptions } from "../support/rig.ts";

const DATASETS = 2000;

/** An account of forty pages that is mirrored, and whose datasets are old enough to be judged. */
async function settled(options: RigOptions = {}): Promise<Rig> {
  const rig = await createRig({
    sandbox: { datasets: DATASETS, named: 0.2, seed: 3 },
    ...options,
    env: { REMOVAL_GRACE: "15m", ...options.env },
  });
  await rig.run("full");
  await rig.clock.advance(rig.config.sync.lookbackMs);
  await rig.run();
  return rig;
}

function deleteAt({ sandbox }: Rig, ...indices: number[]): void {
  const listed = sandbox.account.snapshot();
  for (const index of indices) sandbox.account.delete(listed[index]?.id ?? "");
}

test("an idle tick is one request, and looks for nothing", async () => {
  await using rig = await settled();
  expect(await rig.run()).toMatchObject({ requests: 1, reconciled: 0, missing: 0 });
});

test("one dataset that was deleted anywhere leaves the live list at the next tick", async () => {
  await using rig = await settled();
  deleteAt(rig, 1234);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "succeeded", missing: 1, removed: 0 });
  // Forty pages are halved no more than six times.
  expect(run.reconciled).toBeLessThanOrEqual(6);
  await expectEqual(rig);
  expect(await rig.run()).toMatchObject({ requests: 1, reconciled: 0 });
});

test("what expires at the same place every time is found by one request from the second time on", async () => {
  await using rig = await settled();
  for (const first of [true, false, false]) {
    rig.sandbox.account.expireOldest(7);
    const run = await rig.run();
    expect(run).toMatchObject({ missing: 7 });
    if (!first) expect(run.reconciled).toBe(1);
    await expectEqual(rig);
  }
});

test("several places are looked at over several ticks, within the budget of each", async () => {
  await using rig = await settled({ env: { RECONCILE_REQUESTS: "8" } });
  deleteAt(rig, 100, 500, 1000, 1900);
  let missing = 0;
  for (let tick = 1; missing < 4; tick += 1) {
    expect(tick).toBeLessThanOrEqual(5);
    const run = await rig.run();
    expect(run.reconciled).toBeLessThanOrEqual(8);
    missing += run.missing;
  }
  await expectEqual(rig);
});

test("a missing dataset is removed by a tick once its grace is over, without a full pass", async () => {
  await using rig = await settled();
  deleteAt(rig, 700, 705, 1500);
  expect(await rig.run()).toMatchObject({ missing: 3 });
  for (let minute = 2; minute <= 15; minute += 1) {
    expect(await rig.run()).toMatchObject({ requests: 1, removed: 0 });
  }
  const run = await rig.run();
  // The two that lie together are confirmed by one page.
  expect(run).toMatchObject({ removed: 3, reconciled: 2 });
  expect(await rig.run()).toMatchObject({ requests: 1 });
});

test("a dataset that comes back into the middle is found, and one that was hidden there before", async () => {
  await using rig = await settled();
  const { account } = rig.sandbox;
  deleteAt(rig, 900);
  await rig.run();
  const shared = account.share(1);
  expect(shared).toHaveLength(1);
  expect(await rig.run()).toMatchObject({ status: "succeeded" });
  await expectEqual(rig);
});

test("an item that cannot be mirrored is counted, and not searched for", async () => {
  await using rig = await settled();
  rig.sandbox.faults.next("nul");
  rig.sandbox.account.create(1);
  expect(await rig.run()).toMatchObject({ rejected: 1 });
  await rig.clock.advance(rig.config.sync.lookbackMs);
  for (const _ of [1, 2]) expect(await rig.run()).toMatchObject({ requests: 1, reconciled: 0 });
});

test("with a budget of 0 a tick looks for nothing", async () => {
  await using rig = await settled({ env: { RECONCILE_REQUESTS: "0" } });
  deleteAt(rig, 1234);
  expect(await rig.run()).toMatchObject({ requests: 1, reconciled: 0, missing: 0 });
});

test("where looking for each place would cost more than reading everything, a full pass is due at once", async () => {
  await using rig = await settled({ env: { RECONCILE_REQUESTS: "5" } });
  deleteAt(rig, ...Array.from({ length: 12 }, (_, index) => 40 + index * 150));
  await rig.clock.advance(60_000);
  rig.service.tick("incremental", "schedule");
  await rig.service.idle();
  const last = "select kind, reconciled::int from apify.sync_runs order by id desc limit 2";
  expect(await query(rig.url, last)).toEqual([
    { kind: "full", reconciled: 0 },
    { kind: "incremental", reconciled: 5 },
  ]);
  await expectEqual(rig);
});

test("too much that has gone ends the run as suspicious, and stays in the live list", async () => {
  await using rig = await settled();
  const before = rig.sandbox.account.size;
  rig.sandbox.account.expireOldest(1200);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "suspicious", error: expect.stringContaining("--accept-removals") });
  const [row] = await query(rig.url, "select count(*)::int as live from apify.live_datasets");
  expect(row?.["live"]).toBeGreaterThan(before / 2);
});
