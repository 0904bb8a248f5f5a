/** The SQL of the Grafana dashboard, against the account of the cookbook and as the role that `grant` makes. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { readCookbook } from "../../bench/support/cookbook.ts";
import { asGrafanaWould, readDashboard } from "../support/deploy.ts";
import { query } from "../support/query.ts";
import { createReader } from "./reader.ts";
import type { Reader } from "./reader.ts";

const { sql } = readDashboard();

let reader: Reader;
beforeAll(async () => {
  reader = await createReader();
});
afterAll(() => reader[Symbol.asyncDispose]());

async function ask(text: string): Promise<Record<string, unknown>[]> {
  const { role, password, host, port, database } = reader;
  return query(`postgres://${role}:${password}@${host}:${port}/${database}`, text);
}

async function panel(name: string): Promise<Record<string, unknown>[]> {
  const [asked] = sql.filter((each) => each.panel === name);
  return ask(asGrafanaWould(asked?.text ?? ""));
}

/** A question of the cookbook. */
async function answer(number: number): Promise<Record<string, unknown>[]> {
  const [asked] = readCookbook().filter(({ question }) => question.startsWith(`${number}. `));
  return ask(asked?.query ?? "");
}

const pick = (rows: readonly Record<string, unknown>[], ...names: string[]) =>
  rows.map((row) => names.map((name) => row[name]));

test("its SQL reads nothing but apify_bi", () => {
  expect(sql.length).toBeGreaterThan(5);
  for (const { panel: name, text } of sql) {
    const tables = [...text.matchAll(/\b(?:from|join) (\S+)/g)].map(([, table]) => table);
    expect(tables, name).toEqual([expect.stringMatching(/^apify_bi\.\w+$/)]);
  }
});

test("the account can be chosen", async () => {
  expect(await panel("source")).toEqual([{ source: "default" }]);
});

test("what was created and gone is that of the days", async () => {
  const days = (await answer(24)).toReversed();
  expect(days.length).toBeGreaterThan(3);
  expect(pick(await panel("Datasets created and gone a day"), "created", "gone")).toEqual(
    pick(days, "created", "gone"),
  );
});

test("Actors are by stored bytes, as in the cookbook", async () => {
  const actors = await panel("Actors by stored bytes");
  expect(pick(actors, "datasets", "items", "bytes")).toEqual(
    pick(await answer(4), "datasets", "items", "bytes"),
  );
  expect(actors).toContainEqual(expect.objectContaining({ actor: "none" }));
});

test("the largest datasets are those of the cookbook", async () => {
  const largest = await panel("Largest datasets");
  expect(largest.map(({ id }) => `default/${String(id)}`)).toEqual(
    (await answer(8)).map(({ dataset_key: key }) => key),
  );
  expect(pick(largest, "bytes")).toEqual(pick(await answer(8), "inflated_bytes"));
});

test("items by the day are those of the datasets of the last thirty days", async () => {
  const items = await panel("Items in live datasets, by the day these were created");
  const [all] = await ask(
    "select sum(item_count) as items from apify_bi.datasets where is_live and created_at > now() - interval '30 days'",
  );
  expect(items.length).toBeGreaterThan(1);
  const sum = items.reduce((before, row) => before + BigInt(String(row["items"])), 0n);
  expect(sum).toBe(BigInt(String(all?.["items"])));
});

test("the last runs are all there, newest first, with why they failed", async () => {
  const runs = await panel("Last runs");
  const all = await ask("select sync_run_id as id, error from apify_bi.runs order by 1 desc");
  expect(pick(runs, "id", "error")).toEqual(pick(all, "id", "error"));
  expect(runs.filter(({ error }) => error !== null)).toHaveLength(1);
});
