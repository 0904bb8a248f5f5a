import { sql } from "drizzle-orm";
import { Client } from "pg";
import { expect, test } from "vitest";

import { openDatabase, transact } from "../../src/mirror/database.ts";
import { createTestDatabase } from "../support/postgres.ts";

test("connections cut under transactions, many times over, cost the pool none of its places", async () => {
  await using own = await createTestDatabase();
  const admin = new Client({ connectionString: own.url });
  await admin.connect();
  const database = openDatabase(own.url);
  const failures: unknown[] = [];
  const cut = () =>
    admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'apify-dataset-mirror' and datname = current_database()",
    );
  for (let round = 0; round < 200; round++) {
    await transact(database.db, (tx) => tx.execute(sql`select 1`)).catch(() => {});
    const cutting = cut();
    await transact(database.db, (tx) => tx.execute(sql`select 2`)).catch((error: unknown) =>
      failures.push(error),
    );
    await cutting;
  }
  expect(failures.length, "the wire was cut under some of them").toBeGreaterThan(5);
  // Whatever was cut has been let go: the next one works, or the one after a cut that came late.
  await transact(database.db, (tx) => tx.execute(sql`select 3`)).catch(() => {});
  const { rows } = await transact(database.db, (tx) => tx.execute(sql`select 4 as answer`));
  expect(rows).toEqual([{ answer: 4 }]);
  await database[Symbol.asyncDispose]();
  await admin.end();
});

test("what fails inside a transaction is rolled back and thrown as it is", async () => {
  await using own = await createTestDatabase();
  await using database = openDatabase(own.url);
  const failing = transact(database.db, async (tx) => {
    await tx.execute(sql`create table public.half (id int)`);
    throw new Error("in the middle");
  });
  await expect(failing).rejects.toThrow("in the middle");
  await expect
    .poll(async () => (await database.db.execute(sql`select to_regclass('public.half') as half`)).rows)
    .toEqual([{ half: null }]);
});
