import { expect, test } from "vitest";

import { createTestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

/** An account with a run a minute for two weeks, and one that is mirrored no more. */
const ACCOUNTS = `
  insert into apify.sources (name, base_url, unnamed, incremental_overlap)
  select name, 'https://api.apify.com', true, 1 from (values ('busy'), ('idle')) s (name)`;
const RUNS = `
  insert into apify.sync_runs (source, kind, trigger, status, started_at, finished_at)
  select case when i = 1 then 'idle' else 'busy' end, 'incremental', 'schedule',
    case when i % 50 = 0 then 'failed' else 'succeeded' end, moment, moment + interval '1 second'
  from generate_series(1, 20000) i
  cross join lateral (select timestamptz '2026-01-01 00:00Z' + i * interval '1 minute') t (moment)`;

test("the last success of an account is looked up, however many runs there were", async () => {
  await using database = await createTestDatabase();
  for (const statement of [ACCOUNTS, RUNS, "analyze apify.sync_runs"]) await query(database.url, statement);
  expect(await query(database.url, "select source, last_success_at from apify.freshness order by 1")).toEqual(
    [
      { source: "busy", last_success_at: new Date("2026-01-14T21:19:01Z") },
      { source: "idle", last_success_at: new Date("2026-01-01T00:01:01Z") },
    ],
  );
  const plan = await query(database.url, "explain select * from apify.freshness");
  const text = plan.map((line) => String(line["QUERY PLAN"])).join("\n");
  expect(text).toContain("using sync_runs_succeeded");
});
