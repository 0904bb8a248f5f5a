import { beforeEach, expect, test } from "vitest";

import { pruneRuns } from "../../src/mirror/prune-runs.ts";
import { SOURCE, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const DAY_MS = 86_400_000;
const OTHER = "other account";

let mirror: TestMirror;
beforeEach(async () => {
  mirror = await openMirror();
  await mirror.sql(
    `insert into apify.sources (name, base_url, unnamed, incremental_overlap)
     select name, 'https://api.apify.com/', true, 1 from unnest($1::text[]) names (name)`,
    [[SOURCE, OTHER]],
  );
  return () => mirror[Symbol.asyncDispose]();
});

interface TestRun {
  readonly kind?: string;
  readonly status?: string;
  readonly complete?: boolean;
  /** Days ago, of the database's clock; an end of null: it still runs. */
  readonly began: number;
  readonly ended?: number | null;
  readonly source?: string;
}

/** Writes a run and returns its id. */
async function add({
  kind = "incremental",
  status = "failed",
  complete = false,
  ...run
}: TestRun): Promise<number> {
  const { began, ended = began, source = SOURCE } = run;
  const [row] = await mirror.sql(
    `insert into apify.sync_runs (source, kind, trigger, status, complete, started_at, finished_at)
     values ($1, $2, 'schedule', $3, $4, now() - $5 * interval '1 day', now() - $6 * interval '1 day') returning id::int`,
    [source, kind, status, complete, began, ended],
  );
  return Number(row?.["id"]);
}

/** Deletes until nothing is due; returns how many rows each batch had. */
async function prune(retentionDays: number): Promise<number[]> {
  const batches: number[] = [];
  for (let rows = -1; rows !== 0; batches.push(rows)) {
    rows = await pruneRuns(mirror.db, SOURCE, retentionDays * DAY_MS);
  }
  return batches;
}

async function kept(): Promise<unknown[]> {
  return (await mirror.sql("select id::int from apify.sync_runs order by id")).map(({ id }) => id);
}

test("runs that ended before the retention go; younger ones, open ones and those of another account stay", async () => {
  await add({ began: 91 });
  await add({ began: 100, status: "interrupted" });
  const stays = [
    await add({ began: 89 }),
    await add({ began: 91, ended: 89 }),
    await add({ began: 200, ended: null, status: "running" }),
    await add({ began: 200, source: OTHER }),
  ];
  expect(await prune(90)).toEqual([2, 0]);
  expect(await kept()).toEqual(stays);
});

test("the last success, the last proven full pass and the last verdict on one stay, however old", async () => {
  await add({ began: 400, kind: "full", status: "succeeded", complete: true });
  const proven = await add({ began: 300, kind: "full", status: "succeeded", complete: true });
  await add({ began: 290, kind: "full", status: "succeeded" });
  const verdict = await add({ began: 280, kind: "full", status: "suspicious" });
  await add({ began: 270, kind: "full" });
  await add({ began: 260, status: "succeeded" });
  const success = await add({ began: 250, status: "succeeded" });
  await add({ began: 240, status: "abandoned" });
  expect(await prune(90)).toEqual([5, 0]);
  expect(await kept()).toEqual([proven, verdict, success]);
});

test("rejected items go with their run, in batches that are bounded, and those of other runs stay", async () => {
  const [old, young] = [await add({ began: 91 }), await add({ began: 1 })];
  await mirror.sql(
    `insert into apify.rejected_items (run_id, source, "offset", reason)
     select run, $3, n, 'reason ' || n from generate_series(1, 2500) n, unnest(array[$1, $2]::bigint[]) run`,
    [old, young, SOURCE],
  );
  expect(await prune(90)).toEqual([1000, 1000, 500, 1, 0]);
  expect(await kept()).toEqual([young]);
  const items = "select run_id::int as run, count(*)::int as count from apify.rejected_items group by 1";
  expect(await mirror.sql(items)).toEqual([{ run: young, count: 2500 }]);
});

test("many runs go in batches that are bounded", async () => {
  await mirror.sql(
    `insert into apify.sync_runs (source, kind, trigger, status, started_at, finished_at)
     select $1, 'incremental', 'schedule', 'failed', at, at
     from generate_series(1, 1500) n, lateral (select now() - interval '91 days' - n * interval '1 minute' as at) moment`,
    [SOURCE],
  );
  expect(await prune(90)).toEqual([1000, 500, 0]);
});

test("it works where all tables are published", async () => {
  const run = await add({ began: 91 });
  await mirror.sql(
    "insert into apify.rejected_items (run_id, source, \"offset\", reason) values ($1, $2, 0, 'no id')",
    [run, SOURCE],
  );
  await mirror.sql("create publication everything for all tables");
  expect(await prune(90)).toEqual([1, 1, 0]);
});

test("what another connection is deleting is left to it", async () => {
  const first = await add({ began: 92 });
  await add({ began: 91 });
  const other = await mirror.database.pool.connect();
  await other.query("begin");
  await other.query("delete from apify.sync_runs where id = $1", [first]);
  expect(await pruneRuns(mirror.db, SOURCE, 90 * DAY_MS)).toBe(1);
  await other.query("rollback");
  other.release();
  expect(await kept()).toEqual([first]);
});
