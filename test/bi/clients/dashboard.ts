import { chromium } from "playwright-core";
import type { Page } from "playwright-core";

import { findBrowser } from "../../support/browser.ts";
import { ADMIN } from "./superset.ts";

export const CHARTS = 16;

export interface Dashboard extends AsyncDisposable {
  readonly page: Page;
  /** The status of the answer to each chart so far, by the chart's number. */
  readonly answers: ReadonlyMap<string, number>;
}

/** Logs in and opens the dashboard, tall enough for all charts to be drawn. */
export async function openDashboard(url: string): Promise<Dashboard> {
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({
    executablePath: findBrowser(process.env) ?? "",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  stack.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 3100 } });
  page.setDefaultTimeout(180_000);
  await page.goto(`${url}/login/`);
  await page.fill("#username", ADMIN.username);
  await page.fill("#password", ADMIN.password);
  await page.click("button[type=submit]");
  await page.waitForURL(/welcome/);
  const answers = new Map<string, number>();
  page.on("response", (response) => {
    const [, chart] = /chart\/data.*"slice_id":(\d+)/.exec(decodeURIComponent(response.url())) ?? [];
    if (chart !== undefined) answers.set(chart, response.status());
  });
  await page.goto(`${url}/superset/dashboard/apify-datasets/?standalone=1&expand_filters=0`);
  const owned = stack.move();
  return { page, answers, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
