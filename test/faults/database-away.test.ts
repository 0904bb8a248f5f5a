/** The database is gone, restarting, out of connections. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import type { RunStatus } from "../../src/mirror/status.ts";
import type { TestCluster } from "../support/cluster.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { startTestCluster } from "../support/cluster.ts";
import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { startProxy } from "../support/proxy.ts";
import { PAGE_SIZE, createRig } from "../support/rig.ts";
import type { Rig, RigOptions } from "../support/rig.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const UNREACHABLE =
  "Check that the database of DATABASE_URL runs and can be reached; a service tries again by itself.";
const FULL = "The server is out of connections: raise max_connections or use a pooler.";

async function rigOn({ url, adminUrl }: RoleDatabase, options: RigOptions = {}): Promise<Rig> {
  return createRig({ databaseUrl: url, adminUrl, ...options });
}

test("down at start: no run can begin, the log says why once, and the first tick after it is back mirrors all", async () => {
  await using rig = await rigOn(await cluster.createDatabase());
  await cluster.stop("fast");
  for (const _ of [1, 2, 3]) await tick(rig);
  const [told, ...rest] = rig.log.lines("error");
  expect(told).toMatchObject({ msg: "no run could begin", kind: "incremental", err: { hint: UNREACHABLE } });
  expect(told?.err?.message).toMatch(/^migrate the schema apify: .*(ECONNREFUSED|57P01|ECONNRESET)/);
  expect(rest.map((line) => line.msg)).not.toContain("no run could begin");

  await cluster.start();
  expect(await rig.run()).toMatchObject({ kind: "full", status: "succeeded", complete: true });
  expect(rig.log.lines("info").map((line) => line.msg)).toContain("recovered");
  await expectEqual(rig);
});

test.each(["fast", "immediate"] as const)(
  "down in the middle of a pass (%s): the run is left open, closed as abandoned by the next, and nothing is lost",
  async (mode) => {
    await using rig = await rigOn(await cluster.createDatabase());
    stopBehindFirstPage(rig, mode);
    await tick(rig);
    rig.hooks.fetched = () => {};
    expect(rig.log.lines("warn").at(-1)).toMatchObject({
      msg: expect.stringMatching(/^the run could not be closed/),
    });
    expect(rig.log.lines("error")).toMatchObject([
      { msg: "run failed", status: "failed", err: { hint: UNREACHABLE } },
    ]);
    rig.sandbox.account.expireOldest(10);
    rig.sandbox.account.create(30);

    await cluster.start();
    const open = await rig.lastRun();
    // A crash may take the last pages back, always with their cursor and their counters.
    expect(open).toMatchObject({ status: "running", count: (open?.pages ?? 0) * PAGE_SIZE });
    if (mode === "fast") expect(open?.pages).toBe(1);
    rig.sandbox.requests.length = 0;
    expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true });
    expect(rig.sandbox.requests[0]?.offset === 0).toBe(open?.pages === 0);
    await expectEqualWhenSettled(rig);
    await expectRunsTruthful(rig);
  },
);

test("restarted in the middle of a pass: the page's transaction is tried again and the run succeeds", async () => {
  await using rig = await rigOn(await cluster.createDatabase());
  const run = await restartBehindFirstPage(rig, "fast");
  expect(run).toMatchObject({
    status: "succeeded",
    complete: true,
    error: null,
    inserted: rig.sandbox.account.size,
  });
  expect(rig.log.lines("error")).toEqual([]);
  await expectEqual(rig);
});

test("restarted after a crash: the run succeeds, or says that pages were taken back, and the next one reads them", async () => {
  await using rig = await rigOn(await cluster.createDatabase());
  const run = await restartBehindFirstPage(rig, "immediate");
  if (run?.status !== "succeeded") {
    expect(run).toMatchObject({ status: "failed", complete: false, inserted: 0 });
    expect(run?.error).toMatch(/^the database has lost \d committed pages/);
  }
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true });
  await expectEqual(rig);
  await expectRunsTruthful(rig);
});

test("a server that comes back without pages it had committed: the run fails, and the next one reads them again", async () => {
  const database = await cluster.createDatabase();
  await using rig = await rigOn(database);
  rig.hooks.fetched = async (committed) => {
    if (committed === 2) await database.alter(PAGE_UNDONE);
  };
  const run = await rig.run();
  rig.hooks.fetched = () => {};
  expect(run).toMatchObject({ status: "failed", pages: 1, complete: false });
  expect(run.error).toMatch(
    /^the database has lost \d committed pages of this run\.\n.*The next run reads them again\.$/,
  );
  await expectEqualWhenSettled(rig);
});

test("the same behind the last page: the run does not succeed, and no cursor goes ahead of what is there", async () => {
  const database = await cluster.createDatabase();
  await using rig = await rigOn(database);
  rig.hooks.walked = () => database.alter(PAGE_UNDONE);
  const run = await rig.run();
  rig.hooks.walked = () => {};
  expect(run).toMatchObject({ status: "failed", pages: 1, complete: false, removed: 0 });
  expect(run.error).toMatch(/^the database has lost \d committed pages of this run/);
  expect(rig.log.lines("error")).toMatchObject([{ msg: "run failed", complete: false }]);
  // Had the success stood, an incremental pass would go on behind rows that nobody has.
  expect(await rig.run()).toMatchObject({ kind: "full", status: "succeeded", complete: true });
  await expectEqual(rig);
  await expectRunsTruthful(rig);
});

/** The state behind the first page, as a replica has it that was a page behind. */
const PAGE_UNDONE = `
  with first as (select id, created_at from apify.datasets order by created_at, id limit ${PAGE_SIZE}),
    undone as (delete from apify.datasets where id not in (select id from first)),
    moved as (update apify.sources set full_offset = 1, (full_anchor_id, full_anchor_created_at) =
      (select id, created_at from first order by created_at, id limit 1))
  update apify.sync_runs set pages = 1 where status = 'running'`;

test("the wire is cut instead of the answer to COMMIT: the page is in the mirror and counted once", async () => {
  const database = await cluster.createDatabase();
  await using proxy = await startProxy(new URL(database.url));
  const url = new URL(database.url);
  url.port = String(proxy.port);
  await using rig = await createRig({ databaseUrl: url.href, adminUrl: database.adminUrl });
  let commits = 0;
  rig.told.pageCommitted = () => {
    commits += 1;
    proxy.cutAtAnswer("COMMIT\0");
  };
  const run = await rig.run();
  expect(proxy.cuts).toBeGreaterThanOrEqual(commits);
  expect(run).toMatchObject({
    status: "succeeded",
    complete: true,
    inserted: rig.sandbox.account.size,
    updated: 0,
  });
  expect(run.count).toBe(run.inserted + run.unchanged);
  await expectEqual(rig);
  await expectRunsTruthful(rig);
});

test("the same at the end of a full pass that removes: the row tells what was removed, and so does the log", async () => {
  const database = await cluster.createDatabase();
  await using proxy = await startProxy(new URL(database.url));
  const url = new URL(database.url);
  url.port = String(proxy.port);
  await using rig = await createRig({
    databaseUrl: url.href,
    adminUrl: database.adminUrl,
    sandbox: { datasets: 40 },
  });
  await rig.run();
  rig.sandbox.account.deleteRandom(4);
  expect(await rig.run("full")).toMatchObject({ missing: 4, removed: 0 });
  rig.told.pageCommitted = () => proxy.cutAtAnswer("COMMIT\0");
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true, removed: 4 });
  expect(proxy.cuts).toBe(1);
  expect(rig.log.lines("info").at(-1)).toMatchObject({ msg: "run succeeded", removed: 4 });
  await expectEqual(rig);
});

test("out of connections at start: no run can begin until there is room", async () => {
  const database = await cluster.createDatabase();
  await using rig = await rigOn(database);
  await database.alter("alter role $role connection limit 0");
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    { msg: "no run could begin", err: { code: "53300", hint: FULL } },
  ]);
  await database.alter("alter role $role connection limit -1");
  expect(await rig.run()).toMatchObject({ status: "succeeded", complete: true });
  await expectEqual(rig);
});

test("out of connections in the middle of a pass: tried again, then the run fails and the next one goes on", async () => {
  const database = await cluster.createDatabase();
  await using rig = await rigOn(database);
  await rig.run();
  rig.sandbox.account.create(120);
  let isFull = false;
  rig.hooks.fetched = async (committed) => {
    if (isFull || committed === 0) return;
    isFull = true;
    await database.alter("alter role $role connection limit 0");
    await database.disconnect();
  };
  await tick(rig, "full");
  expect(rig.log.lines("error")).toMatchObject([{ msg: "run failed", err: { code: "53300", hint: FULL } }]);
  await database.alter("alter role $role connection limit -1");
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true });
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
});

async function tick({ service, clock }: Rig, kind: "incremental" | "full" = "incremental"): Promise<void> {
  await clock.advance(60_000);
  service.tick(kind, "schedule");
  await service.idle();
}

/** Stops the server once, between the first page and the second. */
function stopBehindFirstPage(rig: Rig, mode: "fast" | "immediate", then = () => {}): void {
  let stopped: Promise<void> | undefined;
  rig.hooks.fetched = (committed) => {
    if (committed > 0) stopped ??= cluster.stop(mode).then(then);
    return stopped;
  };
}

/** Lets the server come back only when the page's first try has failed and waits for its next. */
async function restartBehindFirstPage(rig: Rig, mode: "fast" | "immediate"): Promise<RunStatus | undefined> {
  stopBehindFirstPage(rig, mode, () => (rig.clock.held = true));
  rig.service.tick("full", "schedule");
  await vi.waitFor(() => expect(backOffs(rig)).not.toEqual([]), 10_000);
  rig.hooks.fetched = () => {};
  await cluster.start();
  rig.clock.held = false;
  await rig.clock.advance(5_000);
  await rig.service.idle();
  return rig.lastRun();
}

/** When the waits under way that are no heartbeats end. */
function backOffs({ clock }: Rig): number[] {
  return clock.sleeping().filter((due) => due - clock.now() < 5_000);
}
