import { randomUUID } from "node:crypto";

import { Client } from "pg";
import { expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { grantReading } from "../../src/mirror/grant.ts";
import { createTestHome, open } from "../support/embedded.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram } from "../support/process.ts";
import { query } from "../support/query.ts";

interface World extends AsyncDisposable {
  readonly url: string;
  /** A name that no role of the server has; dropped at the end. */
  readonly role: string;
  as(role: string, password: string): string;
  grant(role: string, options?: { create?: boolean; url?: string }): Promise<string>;
}

/** A migrated database, and a role's name that needs to be quoted. */
async function createWorld(): Promise<World> {
  const server = await createTestDatabase();
  const role = `Reader "${randomUUID().slice(0, 8)}"`;
  return {
    url: server.url,
    role,
    as: (name, password) => urlAs(server.url, name, password),
    async grant(name, { create = false, url = server.url } = {}) {
      await using database = openDatabase(url);
      return (await grantReading(database.db, name, create)).password ?? "";
    },
    async [Symbol.asyncDispose]() {
      await query(server.url, `drop owned by ${quoted(role)}`).catch(() => undefined);
      const admin = new URL(server.url);
      admin.pathname = "postgres";
      await server[Symbol.asyncDispose]();
      await query(admin.href, `drop role if exists ${quoted(role)}`);
    },
  };
}

function urlAs(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(role);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

function quoted(role: string): string {
  return `"${role.replaceAll('"', '""')}"`;
}

test("grant --create makes a role and prints its password once, and nothing of it reaches the log", async () => {
  await using world = await createWorld();
  const env = { DATABASE_URL: world.url, LOG_LEVEL: "trace" };
  const made = await runProgram(["grant", world.role, "--create"], env);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const [, password = ""] = /^password: (\S{24})$/m.exec(made.stdout) ?? [];
  expect(made.stdout.split(password)).toHaveLength(2);
  expect(made.stderr).not.toContain(password);
  expect(await query(world.as(world.role, password), "select count(*)::int from apify_bi.datasets")).toEqual([
    { count: 0 },
  ]);
  const again = await runProgram(["grant", world.role], env);
  expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining("password") });
  const twice = await runProgram(["grant", world.role, "--create"], env);
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
});

test("the role reads every table and view of both schemas, and writes nothing", async () => {
  await using world = await createWorld();
  const reader = world.as(world.role, await world.grant(world.role, { create: true }));
  const relations = await query<{ name: string }>(
    world.url,
    `select oid::regclass::text as name from pg_class
      where relnamespace in ('apify'::regnamespace, 'apify_bi'::regnamespace) and relkind in ('r', 'v')`,
  );
  expect(relations.length).toBeGreaterThan(15);
  for (const { name } of relations) await query(reader, `select * from ${name} limit 1`);
  await query(reader, "select * from apify.datasets_as_of(now())");
  for (const write of [
    "delete from apify.sync_runs",
    "truncate apify.datasets",
    "update apify.sources set name = name",
    "insert into apify.rejected_items (run_id, source, \"offset\", reason) values (1, '', 1, '')",
    "create table apify.mine (id int)",
    "create view apify_bi.mine as select 1",
    "drop view apify_bi.datasets",
    "update apify_bi.runs set error = null",
  ]) {
    await expect(query(reader, write), write).rejects.toThrow(/read-only transaction|permission denied/);
    await expect(query(reader, `begin read write; ${write}`), write).rejects.toThrow(
      /permission denied|must be owner/,
    );
  }
});

test("tables and views that a later version makes are readable, too", async () => {
  await using world = await createWorld();
  const reader = world.as(world.role, await world.grant(world.role, { create: true }));
  await query(world.url, "create table apify.later (id int)");
  await query(world.url, "create view apify_bi.later as select 1 as one");
  expect(await query(reader, "select * from apify.later")).toEqual([]);
  expect(await query(reader, "select * from apify_bi.later")).toEqual([{ one: 1 }]);
});

test("in this database a statement of the role has a limit and is read-only, and the views need no schema", async () => {
  await using world = await createWorld();
  const reader = world.as(world.role, await world.grant(world.role, { create: true }));
  const client = new Client({ connectionString: reader });
  await client.connect();
  const settings = await client.query(
    `select current_setting('statement_timeout') as timeout, current_setting('default_transaction_read_only') as read_only,
      (select count(*)::int from expiring) as expiring`,
  );
  await client.end();
  expect(settings.rows).toEqual([{ timeout: "1min", read_only: "on", expiring: 0 }]);
});

test("a role that does not exist, one that does, and names that cannot be are refused", async () => {
  await using world = await createWorld();
  await expect(world.grant(world.role)).rejects.toMatchObject({
    message: expect.stringContaining("there is no role"),
    hint: expect.stringContaining("--create"),
  });
  await world.grant(world.role, { create: true });
  await expect(world.grant(world.role, { create: true })).rejects.toThrow("exists already");
  for (const name of ["", "public", "pg_reader", "é".repeat(32)]) {
    await expect(world.grant(name, { create: true }), name).rejects.toThrow("the role's name");
  }
});

test("a superuser, an owner, and one that may write are refused, and nothing is granted", async () => {
  await using world = await createWorld();
  await query(world.url, `create role ${quoted(world.role)} superuser`);
  await expect(world.grant(world.role)).rejects.toThrow("is a superuser");
  await query(world.url, `alter role ${quoted(world.role)} nosuperuser`);
  await query(world.url, `grant delete on apify.sync_runs to ${quoted(world.role)}`);
  await expect(world.grant(world.role)).rejects.toThrow("may write to apify.sync_runs");
  await query(world.url, `revoke delete on apify.sync_runs from ${quoted(world.role)}`);
  await query(world.url, `alter table apify.sync_runs owner to ${quoted(world.role)}`);
  await expect(world.grant(world.role)).rejects.toThrow("owns apify.sync_runs");
  expect(await rightsOf(world)).toEqual({ datasets: false, schema: false, settings: 0 });
});

test("without rights of its own it says which, and grants nothing by half", async () => {
  await using world = await createWorld();
  const poor = `poor_${randomUUID().slice(0, 8)}`;
  const url = world.as(poor, "secret");
  await query(world.url, `create role ${poor} login password 'secret'; create role ${quoted(world.role)}`);
  try {
    await expect(world.grant(world.role, { url })).rejects.toThrow(/may not grant what \w+ owns/);
    await query(world.url, ownedBy(poor));
    await expect(world.grant("somebody else", { url, create: true })).rejects.toThrow("may not create roles");
    await expect(world.grant(world.role, { url })).rejects.toThrow("may not change the settings");
    expect(await rightsOf(world)).toEqual({ datasets: false, schema: false, settings: 0 });
    await query(
      world.url,
      `alter role ${poor} createrole; grant ${quoted(world.role)} to ${poor} with admin option`,
    );
    await world.grant(world.role, { url });
    expect(await rightsOf(world)).toEqual({ datasets: true, schema: true, settings: 2 });
  } finally {
    await query(world.url, `drop owned by ${poor} cascade; drop role ${poor}`);
  }
});

test("the embedded database shows its views to whoever connects, and lets the role in by its password only", async () => {
  await using home = await createTestHome();
  await using database = await open(home);
  const env = { DATA_DIR: home.dataDir, EMBEDDED_PORT: String(database.port) };
  const made = await runProgram(["grant", "reader", "--create"], env);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  expect(made.stdout).toContain(`database mirror on 127.0.0.1:${database.port}`);
  const [, password = ""] = /^password: (\S+)$/m.exec(made.stdout) ?? [];
  await expect(query(urlAs(database.url, "reader", "wrong"), "select 1")).rejects.toThrow(/password/);
  for (const url of [urlAs(database.url, "reader", password), database.url]) {
    expect(await query(url, "show search_path")).toEqual([
      { search_path: expect.stringMatching(/^apify_bi, apify/) },
    ]);
    expect(await query(url, "select * from growth")).toEqual([]);
  }
});

async function rightsOf({ url, role }: World) {
  const [rights] = await query(
    url,
    `select has_table_privilege($1, 'apify.datasets', 'select') as datasets,
      has_schema_privilege($1, 'apify_bi', 'usage') as schema,
      (select count(*)::int from pg_db_role_setting s cross join unnest(setconfig) where setrole = (select oid from pg_roles where rolname = $1)) as settings`,
    [role],
  );
  return rights;
}

/** Statements that hand everything of the mirror to a role. */
function ownedBy(role: string): string {
  return `do $$ declare r record; begin
    for r in select oid::regclass as name, relkind from pg_class
      where relnamespace in ('apify'::regnamespace, 'apify_bi'::regnamespace) and relkind in ('r', 'v') loop
      execute format('alter %s %s owner to ${role}', case r.relkind when 'r' then 'table' else 'view' end, r.name);
    end loop;
    execute 'alter schema apify owner to ${role}';
    execute 'alter schema apify_bi owner to ${role}';
  end $$`;
}
