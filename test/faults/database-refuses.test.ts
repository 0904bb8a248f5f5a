/** DESIGN §6: the database is read-only, slow, in conflict, full, forbidden or newer; the password is wrong. */

import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";

import type { ClusterDatabase, TestCluster } from "../support/cluster.ts";
import { startTestCluster } from "../support/cluster.ts";
import { expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import { fillDisk, mountSmallDisk } from "../support/small-disk.ts";
import type { Rig } from "../support/rig.ts";

let cluster: TestCluster;
let database: ClusterDatabase;
beforeAll(async () => {
  cluster = await startTestCluster();
});
beforeEach(async () => {
  database = await cluster.createDatabase();
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** One page at a time: with pages ahead the next one may commit while a test still prepares what it is to meet. */
const rigOnDatabase = () =>
  createRig({ databaseUrl: database.url, adminUrl: database.adminUrl, env: { MAX_CONCURRENCY: "1" } });

test("read-only: the run is tried again, then fails, and goes on once the primary is back", async () => {
  await using rig = await behind();
  await beforeSecondPage(rig, "alter role $role set default_transaction_read_only = on");
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    {
      msg: "run failed",
      err: { code: "25006", hint: "The database is read-only: point DATABASE_URL at the primary." },
    },
  ]);
  await database.alter("alter role $role reset default_transaction_read_only");
  await database.disconnect();
  await expectRecovery(rig);
});

test("permission denied: the run fails at once and says which right is missing", async () => {
  await using rig = await behind();
  await beforeSecondPage(
    rig,
    "alter table apify.datasets owner to current_user; revoke all on apify.datasets from $role",
  );
  const run = await rig.run("full");
  expect(run).toMatchObject({ status: "failed", complete: false, pages: 1 });
  expect(run.error).toMatch(
    /^write a page: permission denied for table datasets \(42501\)\. Grant the role of DATABASE_URL/,
  );
  await database.alter("alter table apify.datasets owner to $role");
  await expectRecovery(rig);
});

test("permission denied for the schema: no run can begin", async () => {
  await database.alter("alter database $db owner to current_user");
  await using rig = await rigOnDatabase();
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([{ msg: "no run could begin", err: { code: "42501" } }]);
  await database.alter("grant create on database $db to $role");
  expect(await rig.run()).toMatchObject({ status: "succeeded", complete: true });
});

test("a wrong password: no run can begin, and the log does not show it", async () => {
  const url = new URL(database.url);
  url.password = "wrong-pass-word";
  await using rig = await createRig({ databaseUrl: url.href, adminUrl: database.adminUrl });
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    {
      msg: "no run could begin",
      err: { code: "28P01", hint: "Check user, password and sslmode in DATABASE_URL." },
    },
  ]);
  expect(rig.log.text()).not.toContain("wrong-pass-word");
});

test("a newer schema is refused before anything is written", async () => {
  await using _mirrored = await behind();
  const before = await query(database.adminUrl, "select * from apify.sync_runs");
  await database.alter(
    "insert into apify.migrations (hash, created_at) values ('of the future', 4102444800000)",
  );
  await using other = await rigOnDatabase();
  await tick(other);
  expect(other.log.lines("error")).toMatchObject([
    {
      msg: "no run could begin",
      err: { message: expect.stringMatching(/newer version/), hint: expect.stringMatching(/^Run the newer/) },
    },
  ]);
  expect(await query(database.adminUrl, "select * from apify.sync_runs")).toEqual(before);
});

test("statement timeout: a page that waits for a lock too long fails the run, and the next one goes on", async () => {
  await using rig = await behind();
  await database.alter("alter role $role set statement_timeout = '200ms'");
  await using other = await connect();
  rig.hooks.fetched = async (committed) => {
    if (committed === 1) await other.client.query("begin; select from apify.sources for update");
  };
  await database.disconnect();
  await tick(rig);
  rig.hooks.fetched = () => {};
  expect(rig.log.lines("error")).toMatchObject([
    { msg: "run failed", err: { code: "57014", hint: expect.any(String) } },
  ]);
  await other.client.query("rollback");
  await expectRecovery(rig);
});

test("serialization failure: the page's transaction is tried again, and the run succeeds", async () => {
  await using rig = await behind();
  await database.alter("alter role $role set default_transaction_isolation = 'repeatable read'");
  await database.disconnect();
  await using other = await connect();
  await collide(rig, async () => {
    await other.client.query("begin; update apify.sources set remote_total = remote_total");
    return async () => void (await other.client.query("commit"));
  });
  expect(await failuresWith("40001")).toBe(1);
});

test("deadlock: the page's transaction is tried again, and the run succeeds", async () => {
  await using rig = await behind();
  await database.alter("alter role $role set deadlock_timeout = '500ms'");
  await database.disconnect();
  rig.sandbox.account.renameRandom(rig.sandbox.account.size);
  await using other = await connect();
  await collide(rig, async () => {
    await other.client.query(
      "set deadlock_timeout = '1min'; begin; update apify.datasets set source = source",
    );
    return async () => void (await other.client.query("select from apify.sources for update; commit"));
  });
  expect(await failuresWith("40P01")).toBeGreaterThanOrEqual(1);
});

test("disk full: the run fails, says so, and the next one goes on once there is room", async ({ skip }) => {
  await using disk = await mountSmallDisk("24m", cluster.dataFolder);
  if (disk.path === null) {
    skip(`no small file system can be mounted here: ${disk.reason}`);
    return;
  }
  await using rig = await createRig({
    databaseUrl: database.url,
    adminUrl: database.adminUrl,
    sandbox: { datasets: 60 },
  });
  await rig.run();
  const space = `space_${database.name}`;
  await database.alter(`create tablespace ${space} location '${disk.path}'`);
  await database.alter(`alter table apify.datasets set tablespace ${space}`);
  await database.alter(`create table ballast (text text) tablespace ${space}`);
  await fillDisk(database);
  rig.sandbox.account.create(400);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", complete: false });
  expect(run.error).toMatch(
    /^write a page: could not extend file .*No space left on device.* \(53100\)\. The server's disk is full: free space/,
  );
  await database.alter("drop table ballast");
  expect(await rig.run()).toMatchObject({ status: "succeeded" });
  await expectEqualWhenSettled(rig);
  await rig[Symbol.asyncDispose]();
  await database.alter("alter table apify.datasets set tablespace pg_default");
  await database.alter(`drop tablespace ${space}`);
});

/** A mirror of an account that has moved on since. */
async function behind(): Promise<Rig> {
  const rig = await rigOnDatabase();
  await rig.run();
  rig.sandbox.account.expireOldest(20);
  rig.sandbox.account.create(60);
  return rig;
}

async function tick({ service, clock }: Rig): Promise<void> {
  await clock.advance(60_000);
  service.tick("full", "schedule");
  await service.idle();
}

/** Alters something for the connections that are made from then on, once, between the first and the second page. */
async function beforeSecondPage(rig: Rig, statement: string): Promise<void> {
  rig.hooks.fetched = async (committed) => {
    if (committed !== 1) return;
    rig.hooks.fetched = () => {};
    await database.alter(statement);
    await database.disconnect();
  };
}

async function expectRecovery(rig: Rig): Promise<void> {
  expect(await rig.run()).toMatchObject({ status: "succeeded", error: null });
  expect(rig.log.lines("info").map((line) => line.msg)).toContain("recovered");
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
}

/** Lets another connection take locks before the second page, and do the rest once the page waits for them. */
async function collide(rig: Rig, lock: () => Promise<() => Promise<void>>): Promise<void> {
  let rest: Promise<void> | undefined;
  rig.hooks.fetched = async (committed) => {
    if (committed !== 1 || rest !== undefined) return;
    const goOn = await lock();
    rest = waitForLock().then(goOn);
  };
  const run = await rig.run("full");
  await rest;
  expect(run).toMatchObject({ status: "succeeded", complete: true, error: null });
  expect(run.count).toBeGreaterThanOrEqual(rig.sandbox.account.size);
  expect(rig.log.lines("error")).toEqual([]);
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
}

async function waitForLock(): Promise<void> {
  await vi.waitFor(
    async () => {
      const waiting = await query(
        database.adminUrl,
        "select 1 from pg_stat_activity where datname = $1 and usename = $2 and wait_event_type = 'Lock'",
        [database.name, database.role],
      );
      expect(waiting).not.toEqual([]);
    },
    { timeout: 10_000, interval: 5 },
  );
}

async function connect(): Promise<AsyncDisposable & { client: Client }> {
  const client = new Client({ connectionString: database.adminUrl });
  client.on("error", () => {});
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

/** How often the server has told this failure in the database, by its own log. */
async function failuresWith(code: string): Promise<number> {
  const lines = (await cluster.log()).split("\n");
  return lines.filter((line) => line.startsWith(`${code} ${database.name} ERROR`)).length;
}

/** Takes what room is left, in rows ever smaller. */
