/** What an update does to a page that somebody is reading: it changes what is new, and nothing moves. */
import { expect } from "vitest";

import { systemClock } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import type { OpenPage } from "../support/browser.ts";
import { dataset } from "../support/mirror.ts";
import { openWebOn } from "../support/web.ts";

const ROWS = Array.from({ length: 12 }, (_, index) =>
  dataset(`d${index}`, index, { itemCount: 100 + index }),
);
const WAIT = { timeout: 20_000 };

type World = Awaited<ReturnType<typeof openWorld>>;

/** An account with more runs than the page lists, some of which failed. */
async function openWorld() {
  const web = await openWebOn(systemClock);
  const { mirror, clock } = web;
  const begin = () => {
    mirror.now = clock.now();
    return mirror.begin();
  };
  const world = {
    ...{ ...web, begin },
    async pass(error: string | null = null) {
      const run = await begin();
      await mirror.commit(run, { rows: ROWS });
      const status = error === null ? "succeeded" : "failed";
      await mirror.end(run, { status, error, complete: error === null });
    },
    [Symbol.asyncDispose]: () => web[Symbol.asyncDispose](),
  };
  // Long enough ago for a table of the day that can be scrolled.
  mirror.now = clock.now() - 20 * 3_600_000;
  await mirror.end(await mirror.begin(), { status: "failed", complete: false });
  const error = "Apify failed with status 502: Bad Gateway.\nTry later.";
  for (let run = 1; run <= 11; run++) await world.pass(run % 3 === 2 ? error : null);
  return world;
}

const fact = ({ page }: OpenPage, name: string) =>
  page.locator(`#now .facts dt:text-is("${name}") + dd`).textContent();

/** A run that reads 12 rows of 30 and ends, watched on the page. */
async function watchRun(world: World, open: OpenPage): Promise<void> {
  const run = await world.begin();
  const line = open.page.locator("#now .line");
  await expect.poll(() => line.textContent(), WAIT).toContain("Full pass for");
  await world.mirror.commit(run, { rows: ROWS, total: 30 });
  await expect.poll(() => fact(open, "List read"), WAIT).toBe("40 %");
  expect(await fact(open, "Rows")).toBe("12");
  expect(Number(await open.page.locator("#now progress").getAttribute("value"))).toBe(0.4);
  world.mirror.now = world.clock.now();
  await world.mirror.end(run);
  await expect.poll(() => line.textContent(), WAIT).toContain("Idle, last run succeeded");
  expect(await open.page.locator("#runs tbody th").first().textContent()).toContain(String(run.id));
}

for (const width of [390, 1200]) {
  browserTest(`a run comes, gets on and ends, and nothing moves, ${width} px wide`, async () => {
    await using world = await openWorld();
    await using open = await openPage(world.url, { width, height: 3000 });
    const { page, seen } = open;
    expect(await page.locator("#runs .errors").textContent()).toMatch(
      /Runs 12, 9, 6, 3.*status 502: Bad Gateway.*Try later/s,
    );
    await page.evaluate("window.sameDocument = true");
    await watchRun(world, open);
    expect(await open.shifts()).toEqual([]);
    expect(await page.evaluate("window.sameDocument")).toBe(true);
    expect(seen.errors).toEqual([]);
  });
}

browserTest("what a reader has opened, scrolled and focused stays", async () => {
  await using world = await openWorld();
  await using open = await openPage(world.url, { height: 500 });
  const { page } = open;
  const details = page.locator("#day details");
  await details.locator("summary").click();
  await page.evaluate(`document.querySelector("#day .scroll").scrollTop = 150;
    document.querySelector("#day .scroll").focus();
    window.heading = document.querySelector("#verdict h1");`);
  const scrolled = await page.evaluate("scrollY");
  await world.pass();
  const newest = page.locator("#runs tbody th").first();
  await expect.poll(() => newest.textContent(), WAIT).toContain("13");
  // The history of the day is read anew every 5 s.
  await expect.poll(() => page.locator("#day p").first().textContent(), WAIT).toMatch(/^\s*13 runs/);
  expect(await details.getAttribute("open")).not.toBeNull();
  expect(await page.evaluate(`document.querySelector("#day .scroll").scrollTop`)).toBe(150);
  expect(await page.evaluate(`document.activeElement === document.querySelector("#day .scroll")`)).toBe(true);
  expect(await page.evaluate("scrollY")).toBe(scrolled);
  expect(await page.evaluate("window.heading.isConnected")).toBe(true);
});

browserTest(
  "an outage of the database is told, what was known stays, and the end of it is told too",
  async () => {
    await using world = await openWorld();
    await using open = await openPage(world.url, { height: 3000 });
    const { page } = open;
    const verdict = page.locator("#verdict h1");
    const icon = () => page.locator('link[rel="icon"]').getAttribute("href");
    expect(await icon()).toBe("assets/icon-good.svg");
    await world.wire.close();
    await expect.poll(() => verdict.textContent(), WAIT).toBe("The mirror cannot be read");
    expect(await page.title()).toContain("The mirror cannot be read");
    expect(await icon()).toBe("assets/icon-bad.svg");
    expect(await page.locator("#now .line").textContent()).toBe("Not known");
    expect(await page.locator("#day svg").count()).toBe(2);
    expect(await page.locator("#runs tbody tr").count()).toBe(10);
    await world.wire.open();
    await expect.poll(() => verdict.textContent(), WAIT).toBe("The mirror is up to date");
    // The words of the verdict keep to the middle of its box.
    expect((await open.shifts()).filter((moved) => !moved.includes("words"))).toEqual([]);
  },
);
