import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";

import { inDatabase, openDatabase, transact } from "../../src/mirror/database.ts";
import { LEASE_TTL_MS } from "../../src/mirror/lease.ts";
import type { Db, Executor } from "../../src/mirror/database.ts";
import { WITHOUT_PGBOUNCER, startPgBouncer } from "../support/pgbouncer.ts";
import { query } from "../support/query.ts";
import { createRoleDatabase } from "../support/role-database.ts";

const ODD = [
  "array_nulls = off",
  "datestyle = 'German'",
  "default_transaction_deferrable = on",
  "default_transaction_isolation = 'serializable'",
  "extra_float_digits = -15",
  "idle_in_transaction_session_timeout = '1s'",
  "intervalstyle = 'iso_8601'",
  "lock_timeout = '1s'",
  "search_path = 'public'",
  "standard_conforming_strings = off",
  "statement_timeout = '1s'",
  "synchronous_commit = off",
  "timezone = 'Asia/Kathmandu'",
];

/** What a statement can feel of them. */
const PROBE = sql`
  select '2026-02-01 00:00+00'::timestamptz::text as moment, '1 day'::interval::text as span, 0.1::float8::text as number,
    '{null}'::text[] as nothing, '\\\\d' as pattern, current_setting('transaction_isolation') as isolation,
    current_setting('transaction_deferrable') as deferrable, current_setting('search_path') as path,
    current_setting('synchronous_commit') as durability, current_setting('lock_timeout') as lock,
    current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`;

const FELT = {
  ...{ moment: "2026-02-01 00:00:00+00", span: "1 day", number: "0.1", nothing: [null], pattern: "\\\\d" },
  ...{ isolation: "read committed", deferrable: "off", path: "pg_catalog, pg_temp", durability: "on" },
  ...{ lock: "0", statement: "2min", idle: "20s" },
};

const POOLER = { name: "through PgBouncer in transaction mode", skip: WITHOUT_PGBOUNCER !== null };
describe.each([{ name: "directly", skip: false }, POOLER])("$name", ({ name, skip }) => {
  test.skipIf(skip)("a role's settings reach neither a statement of its own nor a transaction", async () => {
    await using stack = new AsyncDisposableStack();
    const odd = stack.use(await createRoleDatabase());
    await odd.alter(ODD.map((setting) => `alter role $role set ${setting}`).join("; "));
    const url = name === "directly" ? odd.url : stack.use(await startPgBouncer(odd.url)).url;
    const { db } = stack.use(openDatabase(url));
    expect((await db.execute(PROBE)).rows).toEqual([FELT]);
    expect(await transact(db, async (tx) => (await tx.execute(PROBE)).rows)).toEqual([FELT]);
  });
});

test("a transaction may be idle for less long than a lease lasts: one that was stopped in it can be replaced", () => {
  expect(FELT.idle).toMatch(/^\d+s$/);
  expect(Number.parseInt(FELT.idle, 10) * 1000).toBeLessThan(LEASE_TTL_MS);
});

test("another way of waiting for the disk is left to the role, if it is one", async () => {
  await using own = await createRoleDatabase();
  await own.alter("alter role $role set synchronous_commit = remote_apply");
  await using database = openDatabase(own.url);
  const { rows } = await database.db.execute(sql`select current_setting('synchronous_commit') as durability`);
  expect(rows).toEqual([{ durability: "remote_apply" }]);
});

test("a policy that would hide rows is an error", async () => {
  await using own = await createRoleDatabase();
  await own.alter(`create table public.seen (id int); grant all on public.seen to $role;
    create policy nothing on public.seen using (false); alter table public.seen enable row level security`);
  await using database = openDatabase(own.url);
  const looking = inDatabase("look", () => database.db.execute(sql`select * from public.seen`));
  await expect(looking).rejects.toMatchObject({ code: "42501" });
});

describe("a statement of its own", () => {
  test("fails with its own error, leaves nothing behind, and costs the pool no place", async () => {
    await using own = await createRoleDatabase();
    await using database = openDatabase(own.url);
    await createCounters(database.db);
    for (let tries = 0; tries < 10; tries++) {
      const failing = inDatabase("count", () =>
        database.db.execute(sql`insert into public.counters values (1 / 0)`),
      );
      await expect(failing).rejects.toMatchObject({ code: "22012" });
    }
    expect(await counted(database.db)).toEqual([]);
  });

  test("is committed when it is answered, though others run at once", async () => {
    await using own = await createRoleDatabase();
    await using database = openDatabase(own.url);
    await createCounters(database.db);
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    await Promise.all(
      numbers.map(async (number) => {
        await database.db.execute(sql`insert into public.counters values (${number})`);
        const [stored] = await query(own.adminUrl, "select 1 from public.counters where id = $1", [number]);
        expect(stored).toBeDefined();
      }),
    );
    expect(await counted(database.db)).toEqual(numbers);
  });

  test("fails if its commit does", async () => {
    await using own = await createRoleDatabase();
    await using database = openDatabase(own.url);
    await createCounters(database.db);
    await database.db.execute(
      sql`alter table public.counters add constraint one unique (id) deferrable initially deferred`,
    );
    await database.db.execute(sql`insert into public.counters values (1)`);
    const failing = inDatabase("count", () =>
      database.db.execute(sql`insert into public.counters values (1)`),
    );
    await expect(failing).rejects.toMatchObject({ code: "23505" });
    expect(await counted(database.db)).toEqual([1]);
  });
});

async function createCounters(db: Db): Promise<void> {
  await db.execute(sql`create table public.counters (id int)`);
}

async function counted(db: Executor): Promise<unknown[]> {
  const { rows } = await db.execute(sql`select id from public.counters order by id`);
  return rows.map(({ id }) => id);
}
