import { beforeEach, describe, expect, test } from "vitest";

import { OperatorError } from "../../src/core/errors.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { migrate, requireCurrentSchema } from "../../src/mirror/migrate.ts";
import { query } from "../support/query.ts";
import { createRoleDatabase } from "../support/role-database.ts";
import type { RoleDatabase } from "../support/role-database.ts";

async function migrated(url: string): Promise<number> {
  await using database = openDatabase(url);
  return (await migrate(database.db)).applied;
}

/** What an operator reads: the message and the hint. */
async function refusal(url: string): Promise<string> {
  return migrated(url).then(
    (applied) => `${applied} migrations were applied`,
    (error: unknown) => (error instanceof OperatorError ? `${error.message}. ${error.hint}` : String(error)),
  );
}

const hasSchema = async ({ adminUrl }: RoleDatabase) =>
  (await query(adminUrl, "select 1 from pg_namespace where nspname = 'apify'")).length > 0;

test.each([
  ["read committed", ""],
  ["serializable", "alter role $role set default_transaction_isolation = 'serializable'"],
  ["rounded numbers", "alter role $role set extra_float_digits = -10"],
])("several at once, %s: each migration is applied once", async (_, setting) => {
  await using database = await createRoleDatabase();
  await database.alter(setting);
  const applied = await Promise.all([1, 2, 3].map(() => migrated(database.url)));
  const [stamps] = await query<{ count: number }>(
    database.adminUrl,
    "select count(*)::int as count from apify.migrations",
  );
  expect(applied.toSorted((one, other) => one - other)).toEqual([0, 0, stamps?.count]);
  expect(await migrated(database.url), "once more").toBe(0);
});

test("every table has a primary key, or deleting from it would fail where all tables are published", async () => {
  await using database = await createRoleDatabase();
  await migrated(database.url);
  const without = `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where nspname like 'apify%' and relkind in ('r', 'p')
      and not exists (select from pg_index where indrelid = c.oid and indisprimary)`;
  expect(await query(database.adminUrl, without)).toEqual([]);
});

test.each(["LATIN1", "EUC_JP", "SQL_ASCII"])("a database in %s is refused by name", async (encoding) => {
  await using database = await createRoleDatabase(`encoding '${encoding}' locale 'C' template template0`);
  const message = await refusal(database.url);
  expect(message).toContain(`the database ${database.name} is encoded in ${encoding}`);
  const [advice] = /create database .*/.exec(message) ?? [];
  expect(advice).toContain("encoding 'UTF8'");
  expect(await hasSchema(database)).toBe(false);
  // What is advised works, also where the server's own locale is of another encoding.
  const other = `${database.name}_2`;
  await query(database.adminUrl, String(advice).replace("NAME", other));
  await query(database.adminUrl, `drop database ${other}`);
});

test("a role for which no foreign key is enforced is refused", async () => {
  await using database = await createRoleDatabase();
  await database.alter("alter role $role set session_replication_role = replica");
  const message = await refusal(database.url);
  expect(message).toContain("session_replication_role is replica");
  await database.alter(String(/alter role .* reset session_replication_role/.exec(message)));
  expect(await migrated(database.url)).toBeGreaterThan(0);
});

describe("the role does not own its database", () => {
  let database: RoleDatabase;
  beforeEach(async () => {
    database = await createRoleDatabase();
    await database.alter("alter database $db owner to current_user");
    return () => database[Symbol.asyncDispose]();
  });

  test("a role that may not create schemas is told what an administrator has to run, which is enough", async () => {
    let message = await refusal(database.url);
    expect(message).toContain("create the schema apify: permission denied");
    for (let given; (given = /create schema \w+ authorization/.exec(message));) {
      await database.alter(`${given[0]} $role`);
      message = await refusal(database.url);
    }
    expect(message).toMatch(/^\d+ migrations were applied$/);
  });

  test.each([
    ["the schema", "create schema apify authorization pg_monitor; grant all on schema apify to $role"],
    [
      "a table in it",
      `create schema apify authorization $role; grant all on schema apify to pg_monitor;
       create table apify.migrations (id int, hash text, created_at bigint);
       alter table apify.migrations owner to pg_monitor; grant all on apify.migrations to $role`,
    ],
  ])("%s belongs to a role that is not trusted: nothing of it is run", async (_, stage) => {
    await database.alter(stage);
    const message = await refusal(database.url);
    expect(message).toContain("belongs to the role pg_monitor");
    await database.alter(String(/alter (schema|table) \S+ owner to \w+/.exec(message)?.[0]));
    expect(await refusal(database.url)).not.toContain("pg_monitor");
  });

  test("a schema apify of another program is refused, whoever owns it", async () => {
    await database.alter("create schema apify authorization $role; create table apify.datasets (id int)");
    await database.alter("alter table apify.datasets owner to $role");
    expect(await refusal(database.url)).toContain("a schema apify that is not the mirror's");
    await using own = openDatabase(database.url);
    await expect(requireCurrentSchema(own.db)).rejects.toThrow("a schema apify that is not the mirror's");
    expect(await query(database.adminUrl, "select * from apify.datasets")).toEqual([]);
  });

  test.each([
    ["a table is missing", "drop table apify.rejected_items cascade"],
    ["a table is another role's", "alter table apify.datasets owner to current_user"],
    ["an index is in the way", "create index datasets_removed_at on apify.datasets (source)"],
  ])("an upgrade that fails because %s never says to migrate", async (_, stage) => {
    await database.alter("grant create on database $db to $role");
    await migrated(database.url);
    // As if only the first migrations had been applied.
    await database.alter(
      `drop index apify.datasets_removed_at; delete from apify.migrations where id > 2; ${stage}`,
    );
    const message = await refusal(database.url);
    expect(message).toMatch(/^migrate the schema apify: .+\(42\w{3}\)\. .+/);
    expect(message).not.toMatch(/run .*migrate/);
  });
});
