/** What an update does to a page that somebody is reading: it changes what is new, and nothing moves. */
import { expect } from "vitest";

import { systemClock } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import type { OpenPage } from "../support/browser.ts";
import { batchOf, dataset } from "../support/mirror.ts";
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
  const now = () => {
    mirror.now = clock.now();
  };
  const world = {
    ...web,
    begin: () => {
      now();
      return mirror.begin();
    },
    succeed: (run: Awaited<ReturnType<typeof mirror.begin>>) => {
      now();
      return mirror.end(run);
    },
    async pass(error: string | null = null) {
      const run = await world.begin();
      await mirror.commit(run, { rows: ROWS });
      const status = error === null ? "succeeded" : "failed";
      await mirror.end(run, { status, error, complete: error === null });
      return run;
    },
    [Symbol.asyncDispose]: () => web[Symbol.asyncDispose](),
  };
  for (let run = 1; run <= 12; run++) await world.pass(run % 3 === 0 ? "502 Bad Gateway. Try later" : null);
  return world;
}

const fact = ({ page }: OpenPage, name: string) =>
  page.locator(`#now .facts dt:text-is("${name}") + dd`).textContent();

/** A run that reads 400 rows of 1000 and ends, watched on the page. */
async function watchRun(world: World, open: OpenPage): Promise<void> {
  const run = await world.begin();
  const line = open.page.locator("#now .line");
  await expect.poll(() => line.textContent(), WAIT).toContain("Full pass runs for");
  const read = { ...batchOf({ rows: ROWS }), count: 400, total: 1000, offsetTo: 400 };
  await world.mirror.commit(run, read);
  await expect.poll(() => fact(open, "List read"), WAIT).toBe("40 %");
  expect(await fact(open, "Rows")).toBe("400");
  expect(Number(await open.page.locator("#now progress").getAttribute("value"))).toBe(0.4);
  await world.succeed(run);
  await expect.poll(() => line.textContent(), WAIT).toContain("Idle, last run succeeded");
  expect(await open.page.locator("#runs tbody th").first().textContent()).toContain(String(run.id));
}

for (const width of [390, 1200]) {
  browserTest(`a run comes, gets on and ends, and nothing moves, ${width} px wide`, async () => {
    await using world = await openWorld();
    await using open = await openPage(world.url, { width, height: 3000 });
    const { page, seen } = open;
    expect(await page.locator("#runs .errors").textContent()).toMatch(
      /Runs 12, 9, 6, 3.*502 Bad Gateway. Try later/s,
    );
    await page.evaluate("window.sameDocument = true");
    await watchRun(world, open);
    expect(await open.shifts()).toEqual([]);
    expect(await page.evaluate("window.sameDocument")).toBe(true);
    expect(seen.errors).toEqual([]);
  });
}

browserTest(
  "what a reader has opened, scrolled and focused stays, and charts are not drawn anew",
  async () => {
    await using world = await openWorld();
    await using open = await openPage(world.url, { height: 500 });
    const { page } = open;
    const details = page.locator("#day details");
    await details.locator("summary").click();
    await page.evaluate(`document.querySelector("#day .scroll").scrollTop = 150;
    document.querySelector("#day .scroll").focus();
    window.charts = [...document.querySelectorAll(".plot canvas")];
    window.heading = document.querySelector("#trust h1");`);
    const scrolled = await page.evaluate("scrollY");
    await world.pass();
    const newest = page.locator("#runs tbody th").first();
    await expect.poll(() => newest.textContent(), WAIT).toContain("13");
    // The history of the day is read anew every 10 s.
    await expect.poll(() => page.locator("#day figcaption").textContent(), WAIT).toMatch(/^13 runs/);
    expect(await details.getAttribute("open")).not.toBeNull();
    expect(await page.evaluate(`document.querySelector("#day .scroll").scrollTop`)).toBe(150);
    expect(await page.evaluate(`document.activeElement === document.querySelector("#day .scroll")`)).toBe(
      true,
    );
    expect(await page.evaluate("scrollY")).toBe(scrolled);
    expect(await page.evaluate("window.heading.isConnected")).toBe(true);
    expect(await page.evaluate("window.charts.length")).toBe(5);
    expect(await page.evaluate("window.charts.every((canvas) => canvas.isConnected)")).toBe(true);
  },
);

browserTest(
  "an outage of the database is told, what was known stays, and the end of it is told too",
  async () => {
    await using world = await openWorld();
    await using open = await openPage(world.url, { height: 3000 });
    const { page } = open;
    const verdict = page.locator("#trust h1");
    const icon = () => page.locator('link[rel="icon"]').getAttribute("href");
    expect(await icon()).toBe("/assets/icon-good.svg");
    await world.wire.close();
    await expect.poll(() => verdict.textContent(), WAIT).toBe("The mirror cannot be read");
    expect(await page.title()).toContain("The mirror cannot be read");
    expect(await icon()).toBe("/assets/icon-bad.svg");
    expect(await page.locator("#now .line").textContent()).toBe("Not known");
    expect(await page.locator(".plot canvas").count()).toBe(5);
    expect(await page.locator("#runs tbody tr").count()).toBe(10);
    await world.wire.open();
    await expect.poll(() => verdict.textContent(), WAIT).toBe("The mirror can be trusted");
    // The words of the verdict keep to the middle of its box.
    expect((await open.shifts()).filter((moved) => !moved.includes("words"))).toEqual([]);
  },
);
