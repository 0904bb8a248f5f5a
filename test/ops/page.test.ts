/** The status page of the whole service, in a real browser. */
import { expect } from "vitest";

import { openService } from "../../src/daemon.ts";
import { thisHost, toConfig } from "../../src/config.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { browserTest, openPage } from "../support/browser.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

const BYTES_MAX = 80_000;
const HOSTILE = [
  "<img src=x onerror=\"document.title='owned'\">\u202e\u001b[31m",
  "</table></section><script>document.title='owned'</script>",
  '" onmouseover="document.title=\'owned\'" x="',
  "W".repeat(500),
  "   ",
];

/** A service on a small account whose largest datasets have hostile names; a pass every second. */
async function serve() {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox({ datasets: 300, seed: 5, named: HOSTILE.length }));
  const bySize = sandbox.account.snapshot().toSorted((a, b) => (b.itemCount ?? 0) - (a.itemCount ?? 0));
  for (const [index, name] of HOSTILE.entries()) sandbox.account.rename(bySize[index]?.id ?? "", name);
  const database = stack.use(await createTestDatabase());
  const env = {
    APIFY_TOKEN: sandbox.token,
    APIFY_API_BASE_URL: sandbox.url,
    DATABASE_URL: database.url,
    HTTP_PORT: "0",
    SYNC_CRON: "* * * * * *",
    SOURCE_NAME: "<b>account",
  };
  const config = toConfig(env, { token: true }, thisHost());
  const { signal } = new AbortController();
  const around = { clock: systemClock, random: systemRandom, log: silentLog, host: process, signal };
  const service = stack.use(await openService(config, around));
  const owned = stack.move();
  return { url: service.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

browserTest(
  "the page of a running service: light, quiet, by itself, and no name is more than text",
  async () => {
    await using service = await serve();
    const statusOf = async (path: string) => (await fetch(new URL(path, service.url))).status;
    await expect.poll(() => statusOf("readyz"), { timeout: 20_000 }).toBe(200);
    await using open = await openPage(service.url, { width: 360, height: 740 });
    const { page, seen } = open;
    expect(await page.locator("#verdict h1").textContent()).toBe("The mirror is up to date");
    expect(await page.title()).toBe("The mirror is up to date · <b>account");
    await page.evaluate("window.sameDocument = true");
    const newest = () => page.locator("#runs tbody th").first().textContent();
    const before = await newest();
    await expect.poll(newest, { timeout: 20_000 }).not.toBe(before);
    expect(await page.evaluate("window.sameDocument")).toBe(true);

    expect(seen.errors).toEqual([]);
    expect([...seen.origins]).toEqual([new URL(service.url).origin]);
    expect(seen.bytes).toBeGreaterThan(20_000);
    expect(seen.bytes).toBeLessThan(BYTES_MAX);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);

    const names = await page.locator("#largest tbody th").allTextContents();
    for (const shown of ["<img src=x", "</table></section><script>", '" onmouseover=', "WWW", "unnamed"])
      expect(names.some((name) => name.trim().startsWith(shown))).toBe(true);
    await page.locator("#largest bdi").nth(2).hover();
    expect(await page.locator("main img, main script, main b b").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
  },
);
