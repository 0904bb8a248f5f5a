import { expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { countRows, forgetSource } from "../../src/mirror/forget.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram } from "../support/process.ts";
import { createRig } from "../support/rig.ts";
import { query } from "../support/query.ts";

/** A database with one account, which a process holds. */
async function openDatabaseWith(source: string) {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const { db } = stack.use(openDatabase(url));
  await query(
    url,
    `insert into apify.sources (name, base_url, unnamed, incremental_overlap, lease_holder, lease_expires_at)
     values ('${source}', 'https://api.apify.com/', true, 1, 'host:1', now() + interval '1 hour')`,
  );
  const owned = stack.move();
  return { url, db, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The rows of each table of the schema that say whose they are, and the accounts themselves. */
async function rowsOf(url: string, source: string): Promise<Record<string, number>> {
  const tables = await query<{ name: string; column: string }>(
    url,
    `select table_name as name, column_name as column from information_schema.columns join information_schema.tables
       using (table_schema, table_name)
     where table_schema = 'apify' and table_type = 'BASE TABLE'
       and (column_name = 'source' or (table_name, column_name) = ('sources', 'name'))`,
  );
  const counts: Record<string, number> = {};
  for (const { name, column } of tables) {
    const [row] = await query(
      url,
      `select count(*)::int as rows from apify.${name} where ${column} = '${source}'`,
    );
    counts[name] = Number(row?.["rows"]);
  }
  return counts;
}

test("forget deletes every row of one account and no other's, once it is told --yes", async () => {
  await using database = await createTestDatabase();
  for (const SOURCE_NAME of ["kept", "gone"]) {
    await using rig = await createRig({
      databaseUrl: database.url,
      sandbox: { datasets: 30, faults: "no-id=1" },
      env: { SOURCE_NAME },
    });
    await rig.run("full");
    rig.sandbox.account.renameRandom(10);
    await rig.run("full");
  }
  const before = await rowsOf(database.url, "gone");
  expect(Object.values(before), JSON.stringify(before)).not.toContain(0);
  const kept = await rowsOf(database.url, "kept");

  const asked = await runProgram(["forget", "gone"], { DATABASE_URL: database.url });
  expect(asked).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`${before["datasets"]} of datasets`),
  });
  expect(await rowsOf(database.url, "gone")).toEqual(before);

  const done = await runProgram(["forget", "gone", "--yes"], { DATABASE_URL: database.url });
  expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^forgot gone: /) });
  expect(new Set(Object.values(await rowsOf(database.url, "gone")))).toEqual(new Set([0]));
  expect(await rowsOf(database.url, "kept")).toEqual(kept);
});

test("the known accounts are named where another one is to be forgotten", async () => {
  await using mirror = await openDatabaseWith("kept");
  await expect(countRows(mirror.db, "gone")).rejects.toThrow('the mirror has no account "gone"');
  await expect(forgetSource(mirror.db, "gone", "me")).rejects.toHaveProperty("hint", 'It has "kept".');
});

test("an account that a service is mirroring cannot be forgotten", async () => {
  await using mirror = await openDatabaseWith("busy");
  await expect(forgetSource(mirror.db, "busy", "me")).rejects.toThrow("being mirrored by host:1");
  expect(await rowsOf(mirror.url, "busy")).toMatchObject({ sources: 1 });
});
