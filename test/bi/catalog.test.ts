import { expect, test } from "vitest";

import { createTestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { BI_VIEWS } from "./reader.ts";

const COLUMNS = `
  select c.relname || '.' || a.attname as name, a.atttypid::regtype::text as type, col_description(c.oid, a.attnum) as comment
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'apify_bi'::regnamespace`;
const PLAIN = [
  "text",
  "boolean",
  "integer",
  "bigint",
  "double precision",
  "date",
  "timestamp with time zone",
];

test("apify_bi holds views and nothing else", async () => {
  await using database = await createTestDatabase();
  const views = await query<{ name: string; kind: string }>(
    database.url,
    "select relname as name, relkind as kind from pg_class where relnamespace = 'apify_bi'::regnamespace order by 1",
  );
  expect(views.map(({ name }) => name)).toEqual(BI_VIEWS);
  expect(new Set(views.map(({ kind }) => kind))).toEqual(new Set(["v"]));
});

test("every column is of a plain type and carries a comment, and so does every view", async () => {
  await using database = await createTestDatabase();
  const columns = await query<{ name: string; type: string; comment: string | null }>(database.url, COLUMNS);
  expect(columns.length).toBeGreaterThan(100);
  expect(columns.filter(({ type }) => !PLAIN.includes(type))).toEqual([]);
  expect(columns.filter(({ comment }) => !comment)).toEqual([]);
  const bare = await query(
    database.url,
    "select relname from pg_class where relnamespace = 'apify_bi'::regnamespace and obj_description(oid) is null",
  );
  expect(bare).toEqual([]);
});

test("a column has the same type in every view that has it", async () => {
  await using database = await createTestDatabase();
  const types = await query(
    database.url,
    `select split_part(name, '.', 2) as column from (${COLUMNS}) c group by 1 having count(distinct type) > 1`,
  );
  expect(types).toEqual([]);
});
