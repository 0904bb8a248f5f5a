/** The site of deploy/evidence, built from the mirror as the role that `grant` makes. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { BI_VIEWS, BIG, createReader, run } from "../reader.ts";
import type { Reader } from "../reader.ts";
import { HAS_EVIDENCE, PROJECT, buildSite } from "./evidence.ts";
import { WRITES, findingsOf } from "./findings.ts";

let reader: Reader;
beforeAll(async () => {
  reader = await createReader();
});
afterAll(() => reader[Symbol.asyncDispose]());

test.skipIf(!HAS_EVIDENCE)("its connector reads the views and writes nothing", async () => {
  const script = join(import.meta.dirname, "read_evidence.cjs");
  const found = findingsOf(await run(process.execPath, [script, PROJECT, ...WRITES], reader));
  expect(new Set(found.views.map(([name]) => name))).toEqual(new Set(BI_VIEWS));
  expect(found.views.filter(([, comment]) => (comment?.length ?? 0) < 20)).toEqual([]);
  const created = String(reader.account.history.at(200).getTime());
  // All its numbers are doubles.
  expect(found.rows).toEqual([["big", created, String(Number(BIG)), "", "true"]]);
  expect(found.refused.map(([write]) => write)).toEqual(WRITES);
  expect(found.done).toEqual([]);
  expect(await reader.account.history.sql("select from apify.sync_runs")).not.toEqual([]);
});

test.skipIf(!HAS_EVIDENCE)("the site builds, and its first page has the figures", async () => {
  const printed = await buildSite(reader);
  expect(printed).not.toContain("Error in Query");
  const page = await readFile(join(PROJECT, "build/index.html"), "utf8");
  expect(page).toContain("Live datasets");
  // The items of all: those of the cookbook's account besides.
  expect(page).toContain((BigInt(BIG) + 703n).toLocaleString("en"));
  const sources = await readdir(join(PROJECT, "sources/mirror"));
  const asked = sources.filter((name) => name.endsWith(".sql")).map((name) => name.replace(".sql", ""));
  expect(new Set(await readdir(join(PROJECT, "build/data/mirror")))).toEqual(new Set(asked));
});
