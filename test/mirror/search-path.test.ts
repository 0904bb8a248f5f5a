/** No statement runs a function, operator or type that another role may have made. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { startTestCluster } from "../support/cluster.ts";
import type { TestCluster } from "../support/cluster.ts";
import { expectEqual } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import { createRoleDatabase } from "../support/role-database.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { startTestService } from "../support/service.ts";

let cluster: TestCluster;
let sent: readonly Sent[];
beforeAll(async () => {
  cluster = await startTestCluster(["log_statement=all", "log_line_prefix=%p %a|"]);
  sent = await readSent();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("every statement that the server was sent ran with nothing in its path that another role may write to", () => {
  const texts = sent.map(({ text }) => text);
  for (const part of [
    "create table",
    "copy apify.datasets",
    "insert into apify.dataset_versions",
    "apify.freshness",
  ]) {
    expect(
      texts.some((text) => text.toLowerCase().includes(part)),
      part,
    ).toBe(true);
  }
  const pinned = new Set<string>();
  const unpinned = sent.filter(({ connection, text }) => {
    if (/^begin [^;]*; set local search_path = pg_catalog, pg_temp;/.test(text)) pinned.add(connection);
    const isPinned = pinned.has(connection);
    if (/^(commit|rollback)$/i.test(text)) pinned.delete(connection);
    return !isPinned;
  });
  expect(unpinned).toEqual([]);
});

test("traps in public, of the name of every function, operator and type that is used: none is called", async () => {
  await using database = await createRoleDatabase();
  const names = new Set(
    sent.flatMap(({ text }) => [...text.matchAll(/([a-z_]+)\(/g)].map((match) => match[1] ?? "")),
  );
  expect([...names]).toContain("to_timestamp");
  await setTraps(database, [...names]);
  // A role that is as careless as can be: what is in public comes first.
  await database.alter("alter role $role set search_path = public, pg_catalog");
  expect(await query(database.url, "select to_timestamp(1)").catch(String)).toContain("a trap was called");
  await using rig = await createRig({ databaseUrl: database.url, adminUrl: database.adminUrl });
  await rig.run();
  rig.sandbox.account.renameRandom(20);
  rig.sandbox.account.expireOldest(20);
  for (const kind of ["incremental", "full", "full"] as const) {
    expect(await rig.run(kind)).toMatchObject({ kind, status: "succeeded", error: null });
  }
  await expectEqual(rig);
});

test("a function of the mirror runs the same whoever calls it", async () => {
  await using database = await createRoleDatabase();
  await using own = openDatabase(database.url);
  await migrate(own.db);
  const careless = await query(
    database.adminUrl,
    `select proname from pg_proc join pg_namespace n on n.oid = pronamespace
     where nspname like 'apify%' and prosqlbody is null and not exists (
       select from unnest(proconfig) setting where setting like 'search_path=pg_catalog%')`,
  );
  expect(careless, "neither bound when it was created nor with a search path of its own").toEqual([]);
});

interface Sent {
  /** Process id of the server's side of the connection. */
  readonly connection: string;
  readonly text: string;
}

/** Lets a service mirror and answer, and returns all that the server was sent by it. */
async function readSent(): Promise<Sent[]> {
  const database = await cluster.createDatabase();
  await using rig = await createRig({ databaseUrl: database.url, adminUrl: database.adminUrl });
  await rig.run();
  rig.sandbox.account.renameRandom(20);
  rig.sandbox.account.expireOldest(20);
  for (const kind of ["incremental", "full", "full"] as const) await rig.run(kind);
  await using service = await startTestService({ datasets: 20 }, database.url);
  for (const path of ["/", "/metrics", "/api/status", "/readyz"]) {
    expect((await service.get(path)).status, path).toBeLessThan(504);
  }
  const log = await cluster.log();
  const lines = log.matchAll(
    /^(\d+) apify-dataset-mirror\|LOG: {2}(?:statement|execute [^:]*): ([^]*?)(?=^\d+ [^|\n]*\|)/gm,
  );
  return Array.from(lines, ([, connection = "", text = ""]) => ({ connection, text: text.trim() }));
}

/** Imitates what the catalog has: called, each fails. What cannot be imitated, as with pseudo-types, is left out. */
async function setTraps({ adminUrl }: RoleDatabase, names: readonly string[]): Promise<void> {
  const list = names.map((name) => `'${name}'`).join(", ");
  await query(
    adminUrl,
    `do $traps$
    declare
      trap text;
      body text := 'language plpgsql as $$ begin raise exception ''a trap was called''; end $$';
    begin
      for trap in
        select format('create function public.%I(%s) returns %s ', proname, oidvectortypes(proargtypes), prorettype::regtype)
        from pg_proc where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and proname in (${list})
        union all select 'create function public.to_timestamp(numeric) returns timestamptz '
        union all
        select format('create function public.trap_%s(%s, %s) returns %s ', oid, oprleft::regtype, oprright::regtype, oprresult::regtype)
        from pg_operator where oprkind = 'b' and oprname in (${OPERATORS})
      loop
        begin execute trap || body; exception when others then null; end;
      end loop;
      for trap in
        select format('create operator public.%s (function = public.trap_%s, leftarg = %s, rightarg = %s)', oprname, oid,
          oprleft::regtype, oprright::regtype)
        from pg_operator where oprkind = 'b' and oprname in (${OPERATORS})
      loop
        begin execute trap; exception when others then null; end;
      end loop;
      create domain public.text as pg_catalog.bool;
      create domain public.timestamptz as pg_catalog.bool;
      create domain public.jsonb as pg_catalog.bool;
    end $traps$`,
  );
}

const OPERATORS = "'=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '||'";
