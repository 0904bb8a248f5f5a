/** The page at the widths of phones, tablets and desks: nothing is cut off, and nothing runs into something else. */
import { expect } from "vitest";

import { systemClock } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import { dataset } from "../support/mirror.ts";
import { openWebOn } from "../support/web.ts";

const HOUR_MS = 3_600_000;
const ID = "Xk3JbH9vQ2mW8sT4z";
const WIDTHS = [320, 390, 768, 1440];

/** Cells whose text is wider than they are, and what is wider than the page. */
const OVERFLOWING = `[...document.querySelectorAll("#runs th, #runs td, #now dd, #now dt, pre, code")]
  .filter((element) => element.scrollWidth > Math.ceil(element.getBoundingClientRect().width))
  .map((element) => element.textContent.trim())
  .concat(document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])`;

/** Runs of every kind, most of them with the longest words that a run can have. */
async function openWorld() {
  const web = await openWebOn(systemClock);
  const { mirror } = web;
  for (let ago = 26; ago >= 0; ago--) {
    mirror.now = systemClock.now() - ago * HOUR_MS;
    const kind = ago % 3 === 0 ? "full" : "incremental";
    const run = await mirror.begin({ kind });
    const row = dataset(ID, 0, { itemCount: 1_000_000 - ago, actId: ID });
    await mirror.commit(run, { rows: [row] });
    const status = ago % 3 === 2 ? "interrupted" : "succeeded";
    await mirror.end(run, { status, complete: status === "succeeded" });
  }
  return web;
}

browserTest("a mirror at work", async () => {
  await using web = await openWorld();
  for (const width of WIDTHS) {
    await using open = await openPage(web.url, { width });
    expect(await open.page.locator("#fastest tbody th").textContent()).toContain(ID);
    expect(await open.page.evaluate(OVERFLOWING), `${width} px`).toEqual([]);
  }
});

browserTest(
  "the first pass: nothing is called wrong that is only not known yet, and no chart is empty",
  async () => {
    await using web = await openWebOn(systemClock);
    web.mirror.now = systemClock.now() - 60_000;
    const run = await web.mirror.begin();
    await web.mirror.commit(run, { rows: [dataset("a", 0)], total: 400 });
    for (const width of WIDTHS) {
      await using open = await openPage(web.url, { width });
      const { page } = open;
      expect(await page.locator(".checks strong").allTextContents()).toEqual([
        "Fresh?",
        "Complete?",
        "In step?",
      ]);
      expect(await page.locator(".strip p").allTextContents()).toEqual(["Rows changed up to 1"]);
      expect(await page.locator("#growth").textContent()).toContain("from the first complete pass on");
      expect(await page.evaluate(OVERFLOWING), `${width} px`).toEqual([]);
    }
  },
);

browserTest("an empty mirror", async () => {
  await using web = await openWebOn(systemClock);
  for (const width of WIDTHS) {
    await using open = await openPage(web.url, { width });
    expect(await open.page.locator("#verdict h1").textContent()).toBe("Nothing is mirrored yet");
    expect(await open.page.locator("svg[role=img]:not(.icon)").count()).toBe(0);
    expect(await open.page.evaluate(OVERFLOWING), `${width} px`).toEqual([]);
  }
});
