/** Superset with the dashboard of deploy/superset, on the mirror as the role that `grant` makes. */
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { browserTest } from "../../support/browser.ts";
import { createReader } from "../reader.ts";
import type { Reader } from "../reader.ts";
import { CHARTS, openDashboard } from "./dashboard.ts";
import { WRITES, expectSound, findingsOf } from "./findings.ts";
import { HAS_SUPERSET, openSuperset } from "./superset.ts";
import type { Superset } from "./superset.ts";

let reader: Reader;
let superset: Superset;
beforeAll(async () => {
  if (!HAS_SUPERSET) return;
  reader = await createReader();
  superset = await openSuperset(reader);
});
afterAll(async () => {
  await superset?.[Symbol.asyncDispose]();
  await reader?.[Symbol.asyncDispose]();
});

test.skipIf(!HAS_SUPERSET)("it lists the views, reads them right and writes nothing", async () => {
  const script = join(import.meta.dirname, "read_superset.py");
  const found = findingsOf(await superset.python(script, ...WRITES));
  expectSound(found, String(reader.account.history.at(200).getTime()));
  expect(found.columns.length).toBeGreaterThan(25);
  expect(found.columns.filter(([, comment]) => (comment?.length ?? 0) < 5)).toEqual([]);
});

(HAS_SUPERSET ? browserTest : test.skip)("every chart of the dashboard has its answer", async () => {
  await using dashboard = await openDashboard(await superset.serve());
  await expect.poll(() => dashboard.answers.size, { timeout: 300_000 }).toBe(CHARTS);
  expect(new Set(dashboard.answers.values())).toEqual(new Set([200]));
});
