/** Another connection holds locks, collides with a page or cancels it. */
import { Client } from "pg";
import { beforeEach, expect, test, vi } from "vitest";

import { expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { query } from "../support/query.ts";
import type { Rig } from "../support/rig.ts";
import { createRoleDatabase } from "../support/role-database.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { beforeSecondPage, expectRecovery, rigBehind, tick } from "./database-setup.ts";

let database: RoleDatabase;
beforeEach(async () => {
  database = await createRoleDatabase();
  return () => database[Symbol.asyncDispose]();
});

test("a lock that is held for longer than the role's timeouts: the page waits for it", async () => {
  await using rig = await rigBehind(database);
  await database.alter("alter role $role set statement_timeout = '50ms'");
  await database.alter("alter role $role set lock_timeout = '50ms'");
  await database.disconnect();
  await using other = await connect();
  await collide(rig, async () => {
    await other.client.query("begin; select from apify.sources for update");
    return async () => void (await other.client.query("select pg_sleep(0.2); commit"));
  });
});

test("cancelled by an administrator: the run fails, says what to look for, and the next one goes on", async () => {
  await using rig = await rigBehind(database);
  await using other = await connect();
  let cancelled = Promise.resolve();
  beforeSecondPage(rig, async () => {
    await other.client.query("begin; select from apify.sources for update");
    cancelled = cancel().then(() => void other.client.query("rollback"));
  });
  await tick(rig);
  await cancelled;
  expect(rig.log.lines("error")).toMatchObject([
    { msg: "run failed", err: { code: "57014", hint: expect.stringContaining("pg_stat_activity") } },
  ]);
  await expectRecovery(rig);
});

test("serialization failure: the page's transaction is tried again, and the run succeeds", async () => {
  await using rig = await rigBehind(database);
  await database.alter(FAIL_ONCE);
  expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true, error: null });
  const [{ tries } = { tries: 0 }] = await query<{ tries: number }>(
    database.adminUrl,
    "select last_value::int as tries from public.tries",
  );
  expect(tries).toBeGreaterThan(1);
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
});

/** A sequence is not rolled back. */
const FAIL_ONCE = `
  create sequence public.tries;
  grant usage on sequence public.tries to $role;
  create function public.fail_once() returns trigger language plpgsql as $$
    begin
      if nextval('public.tries') = 1 then raise exception 'could not serialize access' using errcode = '40001'; end if;
      return new;
    end $$;
  create trigger fail_once before insert on apify.datasets for each row execute function public.fail_once()`;

test("deadlock: the page's transaction is tried again, and the run succeeds", async () => {
  await using rig = await rigBehind(database);
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
  const deadlocks = "select deadlocks::int from pg_stat_database where datname = current_database()";
  await expect
    .poll(async () => (await query<{ deadlocks: number }>(database.adminUrl, deadlocks))[0]?.deadlocks)
    .toBeGreaterThanOrEqual(1);
});

/** Lets another connection take locks before the second page, and do the rest once the page waits for them. */
async function collide(rig: Rig, lock: () => Promise<() => Promise<void>>): Promise<void> {
  let rest: Promise<void> | undefined;
  beforeSecondPage(rig, async () => {
    const proceed = await lock();
    rest = waitForLock().then(proceed);
  });
  const run = await rig.run("full");
  await rest;
  expect(run).toMatchObject({ status: "succeeded", complete: true, error: null });
  expect(run.count).toBeGreaterThanOrEqual(rig.sandbox.account.size);
  expect(rig.log.lines("error")).toEqual([]);
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
}

const WAIT = { timeout: 10_000, interval: 5 };

/** Cancels what waits for a lock, and waits until that has come to pass. */
async function cancel(): Promise<void> {
  const pid = await waitForLock();
  await database.alter(`select pg_cancel_backend(${pid})`);
  await vi.waitFor(async () => expect(await stateOf(pid)).not.toBe("active"), WAIT);
}

/** Returns the process id of the role's connection that waits for a lock. */
async function waitForLock(): Promise<number> {
  return vi.waitFor(async () => {
    const [waiting] = await query<{ pid: number }>(
      database.adminUrl,
      "select pid from pg_stat_activity where datname = $1 and usename = $2 and wait_event_type = 'Lock'",
      [database.name, database.role],
    );
    if (waiting === undefined) throw new Error("nobody waits for a lock");
    return waiting.pid;
  }, WAIT);
}

async function stateOf(pid: number): Promise<string | undefined> {
  const select = "select state from pg_stat_activity where pid = $1";
  return (await query<{ state: string }>(database.adminUrl, select, [pid]))[0]?.state;
}

async function connect(): Promise<AsyncDisposable & { client: Client }> {
  const client = new Client({ connectionString: database.adminUrl });
  client.on("error", () => {});
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
