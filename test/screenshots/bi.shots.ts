/** Pictures of the Superset dashboard and of the Evidence site: `docs/superset.png` and `docs/evidence.png`. */
import { join } from "node:path";

import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { createRole } from "../bi/reader.ts";
import type { Role } from "../bi/reader.ts";
import { CHARTS, openDashboard } from "../bi/clients/dashboard.ts";
import { HAS_EVIDENCE, buildSite, serveSite } from "../bi/clients/evidence.ts";
import { HAS_SUPERSET, openSuperset } from "../bi/clients/superset.ts";
import { findBrowser } from "../support/browser.ts";
import type { Rig } from "../support/rig.ts";
import { createWatchedAccount } from "./bi-account.ts";

const FOLDER = process.env["SCREENSHOTS"] ?? "screenshots";

let rig: Rig;
let role: Role;
beforeAll(async () => {
  rig = await createWatchedAccount();
  role = await createRole(rig.url);
});
afterAll(async () => {
  await role[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

test.skipIf(!HAS_SUPERSET)("superset", async () => {
  await using superset = await openSuperset(role);
  await using dashboard = await openDashboard(await superset.serve());
  await expect.poll(() => dashboard.answers.size, { timeout: 300_000 }).toBe(CHARTS);
  await dashboard.page.waitForLoadState("networkidle");
  await expect.poll(() => dashboard.page.getByText("Waiting on").count(), { timeout: 60_000 }).toBe(0);
  // The first one draws the charts that were out of sight.
  await dashboard.page.screenshot({ path: join(FOLDER, "superset-all.png") });
  const clip = { x: 0, y: 0, width: 1440, height: 1260 };
  await dashboard.page.screenshot({ clip, path: join(FOLDER, "superset.png") });
});

test.skipIf(!HAS_EVIDENCE)("evidence", async () => {
  await buildSite(role);
  await using site = await serveSite();
  const browser = await chromium.launch({
    executablePath: findBrowser(process.env) ?? "",
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1500 }, colorScheme: "light" });
  page.setDefaultTimeout(180_000);
  await page.goto(site.url);
  await page.waitForLoadState("networkidle");
  // The first one draws the charts that were out of sight.
  const fullPage = { fullPage: true };
  await page.screenshot({ ...fullPage, path: join(FOLDER, "evidence-all.png") });
  const clip = { x: 0, y: 0, width: 1200, height: 1420 };
  await page.screenshot({ ...fullPage, clip, path: join(FOLDER, "evidence.png") });
  await browser.close();
});
