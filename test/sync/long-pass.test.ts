/** Runs that come due while a long one is under way, and the kinds that read another list. */
import { expect, test } from "vitest";

import { expectEqual, expectEqualWhenSettled } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const RUNS = `select kind, status, pages::int, requests::int, inserted::int, missing::int, count::int,
  (inserted + updated + unchanged + rejected)::int as rows from apify.sync_runs order by id`;

/** Lets an incremental tick come due at the first commit of the next run. */
function tickAtFirstCommit(rig: Rig, then: () => void = () => {}): void {
  rig.told.pageCommitted = () => {
    rig.told.pageCommitted = () => {};
    then();
    rig.service.tick("incremental", "schedule");
  };
}

test("an incremental tick during a full pass is served between two of its commits, and both rows add up", async () => {
  await using rig = await createRig({ sandbox: { datasets: 600 } });
  await rig.run();
  rig.sandbox.requests.length = 0;
  tickAtFirstCommit(rig, () => rig.sandbox.account.create(5));
  await rig.clock.advance(60_000);
  rig.service.tick("full", "schedule");
  await rig.service.idle();
  const [, full, incremental] = await query(rig.url, RUNS);
  expect(incremental).toMatchObject({ kind: "incremental", status: "succeeded", inserted: 5 });
  expect(full).toMatchObject({ kind: "full", status: "succeeded", inserted: 0 });
  for (const run of [full, incremental]) expect(run?.["count"]).toBe(run?.["rows"]);
  expect(Number(full?.["requests"]) + Number(incremental?.["requests"])).toBe(rig.sandbox.requests.length);
  const [inside] = await query(
    rig.url,
    `select bool_and(i.started_at >= f.started_at and i.finished_at <= f.finished_at) as inside
     from apify.sync_runs f, apify.sync_runs i where f.id = 2 and i.id = 3`,
  );
  expect(inside).toEqual({ inside: true });
  await expectEqual(rig);
});

test("what the run in between finds gone stays gone, though the long one had asked for its page before", async () => {
  await using rig = await createRig({ sandbox: { datasets: 600 }, env: { LOOKBACK: "1s" } });
  await rig.run();
  tickAtFirstCommit(rig, () => rig.sandbox.account.deleteRandom(3));
  await rig.clock.advance(60_000);
  rig.service.tick("full", "schedule");
  await rig.service.idle();
  await expectEqual(rig);
});

test("the first pass of all brings everything itself: a tick waits for its end", async () => {
  await using rig = await createRig();
  tickAtFirstCommit(rig);
  await rig.run();
  expect((await query(rig.url, RUNS)).map(({ kind, inserted }) => [kind, inserted])).toEqual([
    ["full", 220],
    ["incremental", 0],
  ]);
});

test("a failing nested run does not fail the long one", async () => {
  await using rig = await createRig({ sandbox: { datasets: 600 }, env: { MAX_CONCURRENCY: "1" } });
  await rig.run();
  tickAtFirstCommit(rig, () => rig.sandbox.faults.next("400"));
  await rig.run("full");
  expect((await query(rig.url, RUNS)).map(({ kind, status }) => [kind, status])).toEqual([
    ["full", "succeeded"],
    ["full", "succeeded"],
    ["incremental", "failed"],
  ]);
});

test("a named pass refreshes the named datasets, wherever they are, and takes nothing out", async () => {
  await using rig = await createRig({ sandbox: { datasets: 600, named: 0.2 } });
  await rig.run();
  const named = rig.sandbox.account.snapshot({ unnamed: false });
  const renamed = named.slice(0, 3).map(({ id }) => id);
  for (const [index, id] of renamed.entries()) rig.sandbox.account.rename(id, `new-name-${index}`);
  rig.sandbox.account.delete(named.at(-1)?.id ?? "");
  const before = await query(rig.url, "select incremental_offset, remote_total from apify.sources");
  const run = await rig.run("named");
  expect(run).toMatchObject({ kind: "named", status: "succeeded", updated: 3, missing: 0, complete: true });
  // One request for each page of the named list, not of the whole one.
  expect(run.requests).toBeLessThanOrEqual(Math.ceil(named.length / 48));
  expect(await query(rig.url, "select incremental_offset, remote_total from apify.sources")).toEqual(before);
  await expectEqualWhenSettled(rig);
});

test("the token of another account ends the run before anything is written, and says what to do", async () => {
  await using rig = await createRig({ checksOwner: true });
  expect(await rig.run()).toMatchObject({ status: "succeeded" });
  await rig.service[Symbol.asyncDispose]();
  await using other = await createRig({
    databaseUrl: rig.url,
    checksOwner: true,
    sandbox: { datasets: 30, seed: 99 },
    api: { baseUrl: new URL(rig.sandbox.url) },
  });
  await query(rig.url, "update apify.sources set owner_id = 'someone', owner_name = 'Someone Else'");
  const before = await query(rig.url, "select count(*), max(written_at) from apify.datasets");
  const run = await other.run("full");
  expect(run).toMatchObject({ status: "failed", pages: 0, requests: 1 });
  expect(run.error).toMatch(
    /the token is that of user .*, but the account "default" is that of user Someone Else/,
  );
  expect(run.error).toMatch(/SOURCE_NAME/);
  expect(await query(rig.url, "select count(*), max(written_at) from apify.datasets")).toEqual(before);
});

test("the owner is asked for once a process", async () => {
  await using rig = await createRig({ checksOwner: true });
  const requests = [await rig.run(), await rig.run(), await rig.run()].map((run) => run.requests - run.pages);
  expect(requests).toEqual([1, 0, 0]);
  expect(await query(rig.url, "select owner_name from apify.sources")).toEqual([
    { owner_name: "sandbox-owner" },
  ]);
});
