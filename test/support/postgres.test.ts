import { Client } from "pg";
import { expect, test } from "vitest";

import { createTestDatabase } from "./postgres.ts";

test("every test gets a migrated database of its own", async () => {
  await using one = await createTestDatabase();
  await using other = await createTestDatabase();
  expect(one.url).not.toBe(other.url);
  expect(await ask(one.url, "select to_regclass('apify.datasets') is not null as answer")).toBe(true);
  await ask(one.url, "create table mine (id int)");
  expect(await ask(other.url, "select to_regclass('mine') is null as answer")).toBe(true);
});

test("an empty one can be had as well", async () => {
  await using db = await createTestDatabase({ template: false });
  expect(await ask(db.url, "select to_regclass('apify.datasets') is null as answer")).toBe(true);
});

test("many are cloned at the same time, and dropped under open connections", async () => {
  const databases = await Promise.all(Array.from({ length: 12 }, () => createTestDatabase()));
  const url = databases[0]?.url ?? "";
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await Promise.all(databases.map((db) => db[Symbol.asyncDispose]()));
  await expect(ask(url, "select 1")).rejects.toThrow("does not exist");
  await client.end();
});

async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    const { rows } = await client.query<{ answer?: unknown }>(query);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}
