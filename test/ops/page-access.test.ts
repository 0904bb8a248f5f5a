/** What a keyboard, a screen reader and tired eyes need of the status page. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

import { systemClock } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import { CONTRAST, NAMELESS } from "../support/page-checks.ts";
import { dataset } from "../support/mirror.ts";
import { PSQL, openWebOn } from "../support/web.ts";

const ERROR = "Apify refused the token: 401 token-not-valid.\nCheck APIFY_TOKEN.";
const ROWS = [dataset("a", 0, { itemCount: 5 }), dataset("b", 1, { itemCount: 7, name: "named" })];

/** An account in good order, with an error among its runs; or one that has failed ever since. */
async function openWorld(state: "good" | "bad") {
  const web = await openWebOn(systemClock);
  // Long enough ago for a table of the day that can be scrolled.
  web.mirror.now = systemClock.now() - 20 * 3_600_000;
  const failed = await web.mirror.begin();
  await web.mirror.end(failed, { status: "failed", error: ERROR, complete: false });
  if (state === "bad") return web;
  web.mirror.now = systemClock.now();
  const run = await web.mirror.begin();
  await web.mirror.commit(run, { rows: ROWS });
  await web.mirror.end(run);
  return web;
}

const visible = (page: Page, role: Parameters<Page["getByRole"]>[0], name?: string) =>
  page.getByRole(role, name === undefined ? {} : { name, exact: true }).count();

browserTest("landmarks, headings and names: a screen reader finds its way", async () => {
  await using web = await openWorld("good");
  await using open = await openPage(web.url);
  const { page } = open;
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  for (const role of ["banner", "main", "contentinfo"] as const)
    expect(await visible(page, role), role).toBe(1);
  expect(await visible(page, "navigation", "For machines")).toBe(1);
  expect(await page.getByRole("heading", { level: 1 }).allTextContents()).toEqual([
    "The mirror is up to date",
  ]);
  const sections = await page.getByRole("heading", { level: 2 }).allTextContents();
  expect(sections.length).toBe(7);
  for (const name of [...sections, "Verdict"]) expect(await visible(page, "region", name), name).toBe(1);
  expect(await page.getByRole("status").textContent()).toBe("The mirror is up to date");
  expect(await visible(page, "progressbar", "No pass runs")).toBe(1);
  expect(await page.getByRole("table").count()).toBe(2);
  expect(await page.getByRole("columnheader").count()).toBe(11);
  expect(await page.evaluate(NAMELESS)).toEqual([]);
});

browserTest("by keyboard: what can be opened or followed is reached in order, seen, and works", async () => {
  await using web = await openWorld("good");
  await using open = await openPage(web.url);
  const { page } = open;
  const focused = async () => {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(
      "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth",
    );
    expect(outline).toBe("solid3px");
    return page.evaluate("document.activeElement.textContent.trim()");
  };
  expect(await focused()).toBe("Skip to the verdict");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("main");
  expect(await focused()).toBe("As a table");
  await page.keyboard.press("Enter");
  expect(await page.locator("#day table").isVisible()).toBe(true);
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.className")).toBe("scroll");
  const before = await page.evaluate("document.activeElement.scrollTop");
  await page.keyboard.press("End");
  await expect.poll(() => page.evaluate("document.activeElement.scrollTop")).not.toBe(before);
  for (const next of ["As a table", "b", "a", PSQL, "Status as JSON", "Metrics", "Readiness"])
    expect(await focused()).toBe(next);
});

for (const scheme of ["light", "dark"] as const) {
  for (const state of ["good", "bad"] as const) {
    browserTest(`every text has a contrast of 4.5 to 1: ${state}, ${scheme}`, async () => {
      await using web = await openWorld(state);
      await using open = await openPage(web.url, { scheme });
      const { checked, faint } = await open.page.evaluate<{ checked: number; faint: string[] }>(CONTRAST);
      expect(checked).toBeGreaterThan(30);
      expect(faint).toEqual([]);
      const bad = ["Apify refused the token", "Check APIFY_TOKEN."];
      for (const text of state === "bad" ? bad : [])
        expect(await open.page.getByText(text, { exact: true }).count(), text).toBe(1);
    });
  }
}

browserTest("without script the page says the same", async () => {
  await using web = await openWorld("good");
  await using open = await openPage(web.url);
  const context = await open.page.context().browser()?.newContext({ javaScriptEnabled: false });
  const page = await context?.newPage();
  await page?.goto(web.url);
  expect(await page?.locator("h1").textContent()).toBe("The mirror is up to date");
  expect(await page?.locator("#day .bar").count()).toBeGreaterThan(0);
});
