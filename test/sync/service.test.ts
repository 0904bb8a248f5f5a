import { expect, test, vi } from "vitest";

import { beginRun } from "../../src/mirror/begin-run.ts";
import { databaseClock } from "../../src/mirror/database-clock.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { expectEqual, expectRunsTruthful } from "../support/equal.ts";
import { requestOf } from "../support/mirror.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

/** Only ends what hangs: on a busy machine a connection alone may take the second that is the default. */
const WAIT_MS_MAX = 30_000;

test("at start the first pass begins at once, and on an empty mirror it is a full one", async () => {
  await using rig = await createRig();
  rig.service.start();
  await rig.service.idle();
  expect(await runs(rig)).toEqual(["full startup succeeded"]);
  await expectEqual(rig);
});

test("a later start goes on with the new datasets", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.sandbox.account.create(5);
  rig.service.start();
  await rig.service.idle();
  expect((await runs(rig)).at(-1)).toBe("incremental startup succeeded");
});

test("at start a full pass that was stopped is resumed, behind an incremental one", async () => {
  await using rig = await createRig();
  await rig.run();
  rig.told.pageCommitted = () => rig.sandbox.faults.set("400", 1);
  expect(await rig.run("full")).toMatchObject({ status: "failed" });
  await rig.service[Symbol.asyncDispose]();
  rig.sandbox.faults.clear();
  await using next = await createRig({ databaseUrl: rig.url, api: { baseUrl: new URL(rig.sandbox.url) } });
  next.service.start();
  await next.service.idle();
  expect((await runs(rig)).slice(-2)).toEqual(["incremental startup succeeded", "full schedule succeeded"]);
  const resumed = await rig.lastRun();
  expect(resumed?.offset_from).toBeGreaterThan(0);
  await expectEqual(rig);
});

test("a dataset that is listed late, in front of many that were read, is caught by the next tick", async () => {
  await using rig = await createRig();
  await rig.run();
  const { account } = rig.sandbox;
  account.delays.lag = 150_000;
  account.create(1);
  await rig.clock.advance(1);
  account.delays.lag = 0;
  account.create(40);
  expect(await rig.run()).toMatchObject({ kind: "incremental", inserted: 40 });
  expect(await rig.run()).toMatchObject({ kind: "incremental", inserted: 0 });
  expect(await rig.run()).toMatchObject({ kind: "incremental", inserted: 1 });
  await expectEqual(rig);
});

test("ticks that come while a run of their kind is due are made good by one run, and reported", async () => {
  await using rig = await createRig();
  const missed: string[] = [];
  rig.told.ticksMissed = (kind) => missed.push(kind);
  const gate = holdFirstPage(rig);
  rig.service.tick("incremental", "schedule");
  await gate.reached;
  for (const kind of ["incremental", "full", "full", "incremental"] as const)
    rig.service.tick(kind, "schedule");
  expect(missed).toEqual(["full", "incremental"]);
  gate.open();
  await rig.service.idle();
  expect(await runs(rig)).toEqual([
    "full schedule succeeded",
    "incremental schedule succeeded",
    "full schedule succeeded",
  ]);
  expect(rig.log.lines("info").filter((line) => line.msg.includes("ticks missed"))).toHaveLength(2);
});

test("idle waits for the full pass that is due as well", async () => {
  await using rig = await createRig();
  const gate = holdFirstPage(rig);
  rig.service.tick("incremental", "schedule");
  await gate.reached;
  rig.service.tick("full", "schedule");
  const idle = rig.service.idle();
  gate.open();
  await idle;
  expect(await runs(rig)).toHaveLength(2);
});

test("a graceful stop commits the page in hand, closes the run as interrupted and gives the lease back", async () => {
  await using rig = await createRig();
  rig.hooks.fetched = (committed) => {
    if (committed === 2) stopped ??= rig.service[Symbol.asyncDispose]();
  };
  let stopped: Promise<void> | undefined;
  rig.service.tick("full", "schedule");
  await rig.service.idle();
  await stopped;
  const run = await rig.lastRun();
  expect(run).toMatchObject({ status: "interrupted", error: "stopped on request", complete: false });
  expect(run?.finished_at).not.toBeNull();
  expect(run?.pages).toBeGreaterThanOrEqual(2);
  expect(run?.pages).toBeLessThan(5);
  const [state] = await query(
    rig.url,
    "select lease_holder, lease_busy, full_offset::int from apify.sources",
  );
  expect(state).toMatchObject({ lease_holder: null, lease_busy: false });
  expect(state?.["full_offset"]).toBeGreaterThan(0);
  expect(rig.log.lines("error")).toEqual([]);

  await using next = await createRig({ databaseUrl: rig.url, api: { baseUrl: new URL(rig.sandbox.url) } });
  next.service.start();
  await next.service.idle();
  const resumed = await next.lastRun();
  expect(resumed).toMatchObject({ kind: "full", trigger: "startup", status: "succeeded", complete: true });
  expect(resumed?.inserted).toBe(rig.sandbox.account.size - (run?.inserted ?? 0));
  await expectEqual(rig);
  await expectRunsTruthful(rig);
});

test("stopped while it waits for an answer that never comes: the wait ends, and so does the run", async () => {
  await using rig = await createRig();
  rig.sandbox.faults.set("hang", 1);
  rig.service.tick("full", "schedule");
  await vi.waitFor(() => expect(rig.sandbox.requests).not.toEqual([]), WAIT_MS_MAX);
  await rig.service[Symbol.asyncDispose]();
  expect(await rig.lastRun()).toMatchObject({ status: "interrupted", pages: 0 });
});

test("stopped between two runs: the lease is given back", async () => {
  await using rig = await createRig();
  await rig.run();
  expect(await query(rig.url, "select lease_holder is null as free from apify.sources")).toEqual([
    { free: false },
  ]);
  await rig.service[Symbol.asyncDispose]();
  expect(await query(rig.url, "select lease_holder is null as free from apify.sources")).toEqual([
    { free: true },
  ]);
});

test("start and stop in any order and any number do no harm", async () => {
  await using rig = await createRig();
  rig.service.start();
  rig.service.start();
  await rig.service.idle();
  expect(await runs(rig)).toHaveLength(1);
  await Promise.all([rig.service[Symbol.asyncDispose](), rig.service[Symbol.asyncDispose]()]);
  await rig.service[Symbol.asyncDispose]();
  rig.service.start();
  rig.service.tick("full", "schedule");
  await rig.service.idle();
  expect(await runs(rig)).toHaveLength(1);

  await using never = await createRig();
  await never.service[Symbol.asyncDispose]();
  never.service.start();
  await never.service.idle();
  expect(never.sandbox.requests).toEqual([]);
});

test("while another process holds the account the service asks again and again, and takes over when it is free", async () => {
  await using rig = await createRig();
  await rig.run();
  await using database = openDatabase(rig.url);
  const request = requestOf({
    ...{ source: "default", holder: "another", preempt: true },
    scope: { baseUrl: `${rig.sandbox.url}/`, unnamed: true, ownership: null },
    kind: "incremental",
  });
  const held = await beginRun(database.db, databaseClock, request);
  expect(held).toHaveProperty("id");
  const holders: string[] = [];
  rig.told.accountHeld = (holder) => holders.push(holder);
  rig.service.tick("incremental", "schedule");
  await vi.waitFor(async () => {
    await rig.clock.advance(10_000);
    expect(holders.length).toBeGreaterThan(2);
  }, WAIT_MS_MAX);
  expect(new Set(holders)).toEqual(new Set(["another"]));
  expect(rig.log.lines("error")).toEqual([]);
  await query(rig.url, "update apify.sources set lease_holder = null");
  await vi.waitFor(async () => {
    await rig.clock.advance(10_000);
    expect((await runs(rig)).at(-1)).toBe("incremental schedule succeeded");
  }, WAIT_MS_MAX);
  await rig.service.idle();
  expect(await runs(rig)).toEqual([
    "full schedule succeeded",
    "incremental manual abandoned",
    "incremental schedule succeeded",
  ]);
});

test("a lease that is lost in the middle of a pass: nothing more is written, and the run says so", async () => {
  await using rig = await createRig();
  rig.hooks.fetched = async (committed) => {
    if (committed === 1)
      await query(
        rig.url,
        "update apify.sources set lease_fence = lease_fence + 1, lease_holder = 'another'",
      );
  };
  rig.service.tick("full", "schedule");
  await rig.service.idle();
  expect(rig.log.lines("error")).toMatchObject([
    { msg: "run failed", err: { type: "LeaseLostError", hint: expect.any(String) } },
  ]);
  expect(await query(rig.url, "select count(*)::int from apify.datasets")).toEqual([{ count: 50 }]);
});

interface Gate {
  readonly reached: Promise<void>;
  open(): void;
}

/** Keeps the first page from the pass until it is let through. */
function holdFirstPage({ hooks }: Rig): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  hooks.fetched = async () => {
    reached.resolve();
    await opened.promise;
  };
  return { reached: reached.promise, open: opened.resolve };
}

async function runs({ url }: Rig): Promise<string[]> {
  const rows = await query<{ run: string }>(
    url,
    "select kind || ' ' || trigger || ' ' || status as run from apify.sync_runs order by id",
  );
  return rows.map(({ run }) => run);
}
