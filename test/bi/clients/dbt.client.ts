/** dbt on the views, as the role that `grant` makes and that has a schema for its models. */
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { BI_VIEWS, BIG, createReader, run } from "../reader.ts";
import type { Reader } from "../reader.ts";
import { WRITES } from "./findings.ts";
import { areInstalled, programsOf } from "./installed.ts";

const DBT = join(programsOf("dbt"), "dbt");
const HAS_DBT = areInstalled([], [DBT]);

const COMMENT = z.string().nullable();
const CATALOG = z.object({
  sources: z.record(
    z.string(),
    z.object({
      metadata: z.object({ name: z.string(), comment: COMMENT }),
      columns: z.record(z.string(), z.object({ comment: COMMENT })),
    }),
  ),
});

let reader: Reader;
let project: string;
beforeAll(async () => {
  reader = await createReader();
  const { role, database, account } = reader;
  await account.history.sql(`create schema analytics authorization ${role}`);
  await account.history.sql(
    `alter role ${role} in database "${database}" set default_transaction_read_only = off`,
  );
  project = await mkdtemp(join(tmpdir(), "dataset-mirror-dbt-"));
  await cp(join(import.meta.dirname, "dbt"), project, { recursive: true });
});
afterAll(async () => {
  await rm(project, { recursive: true });
  await reader[Symbol.asyncDispose]();
});

const dbt = (...args: string[]) =>
  run(DBT, [...args, "--project-dir", project, "--profiles-dir", project], {
    cwd: project,
    env: { ...reader.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false" },
  });

/** What dbt wrote into its folder `target`. */
async function written(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(project, "target", file), "utf8"));
}

test.skipIf(!HAS_DBT)("the account is fresh by dbt's own measure", async () => {
  await dbt("source", "freshness");
  expect(await written("sources.json")).toMatchObject({
    results: [{ status: "pass", max_loaded_at_time_ago_in_s: expect.closeTo(36, -3) }],
  });
});

test.skipIf(!HAS_DBT)("a model is built from a view, with its times, big integers and nulls", async () => {
  await dbt("build");
  const rows = await reader.account.history.sql(
    "select dataset_id, created_at, item_count, actor_id, is_live from analytics.named_datasets where dataset_id = 'big'",
  );
  expect(rows).toEqual([
    {
      ...{ dataset_id: "big", item_count: BIG, actor_id: null, is_live: true },
      created_at: reader.account.history.at(200),
    },
  ]);
});

test.skipIf(!HAS_DBT)("the catalog has the views with their comments", async () => {
  await dbt("docs", "generate");
  const { sources } = CATALOG.parse(await written("catalog.json"));
  const views = Object.values(sources);
  expect(views.map(({ metadata }) => metadata.name).toSorted()).toEqual(BI_VIEWS);
  const comments = views.flatMap(({ metadata, columns }) => [
    metadata.comment,
    ...Object.values(columns).map(({ comment }) => comment),
  ]);
  expect(comments.length).toBeGreaterThan(100);
  expect(comments.filter((comment) => (comment?.length ?? 0) < 5)).toEqual([]);
});

test.skipIf(!HAS_DBT)("whatever else it writes is refused", async () => {
  for (const statement of WRITES) {
    const args = JSON.stringify({ statement });
    await expect(dbt("run-operation", "attempt", "--args", args), statement).rejects.toThrow(
      "permission denied",
    );
  }
});
