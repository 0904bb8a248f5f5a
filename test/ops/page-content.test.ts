/** What the page tells, without a browser. */
import { expect, test } from "vitest";

import { startTestService } from "../support/service.ts";
import { SCOPE, dataset, fullPass, minute } from "../support/mirror.ts";
import { PSQL, openWeb } from "../support/web.ts";

const ID = "Xk3JbH9vQ2mW8sT4z";
const ACTOR = "aYG0l9s7dbB7j3gbS";
const rows = [
  dataset(ID, 0, { itemCount: 9, actId: ACTOR, stats: { inflatedBytes: 2048 } }),
  dataset("b", 1),
  dataset("c", 2),
];

test("sizes, links, what is next, what is in doubt, and words that are explained", async () => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  await fullPass(web.mirror, 1, rows.slice(0, 2));
  await web.clock.advance(120_000);
  const page = (await (await web.get("")).text()).replaceAll(/\s+/g, " ");
  for (const path of [`storage/datasets/${ID}`, `actors/${ACTOR}`]) {
    const link = `<a href="https://console.apify.com/${path}" target="_blank" rel="noopener noreferrer">`;
    expect(page).toContain(link);
  }
  expect(page).toContain(">2 KiB</td>");
  expect(page).toMatch(/<dt>Next full pass<\/dt>\s*<dd><time/);
  expect(page).toContain('title="429: Apify asked us to slow down');
  expect(page).toContain(">1 missing</abbr>, waiting for their second proof");
  expect(page).toContain(PSQL.replaceAll('"', "&quot;"));
  expect([...page.matchAll(/<div class="strip"> <p><span>([^<]*)/g)].map(([, name]) => name)).toEqual([
    "Longest run",
    "Rows changed",
    "Datasets",
  ]);
});

test("growth begins with the first run, ends now, tells no minute twice; what is merely new does not grow", async () => {
  await using web = await openWeb();
  const day = 24 * 60;
  await fullPass(web.mirror, 0, rows);
  await fullPass(web.mirror, day + 60, rows);
  const grown = [dataset(ID, 0, { itemCount: 12 }), ...rows.slice(1)];
  await fullPass(web.mirror, day + 120, [...grown, dataset("new", day + 90, { itemCount: 1000 })]);
  await web.clock.advance(minute(day + 125) - minute(0));
  const page = (await (await web.get("")).text()).replaceAll(/\s+/g, " ");
  const growth = page.slice(page.indexOf('id="growth"'), page.indexOf('id="largest"'));
  const times = [...growth.matchAll(/<th scope="row">([^<]*)<\/th>/g)].map(([, time]) => time);
  expect(times.at(0)).toBe("01-01 00:00");
  expect(times.at(-1)).toBe("01-02 02:05");
  expect(new Set(times).size).toBe(times.length);
  expect(growth).toMatch(/<b>4<\/b> datasets now, \+1 in 1 d 2 h/);
  const fastest = page.slice(page.indexOf('id="fastest"'), page.indexOf('id="runs"'));
  expect(fastest).toContain(ID);
  expect(fastest).toContain(">+3</td>");
  expect(fastest).not.toContain("new</");
});

test("datasets of another server than Apify's have no links to its console", async () => {
  await using web = await openWeb();
  web.mirror.now = minute(0);
  const run = await web.mirror.begin({ scope: { ...SCOPE, baseUrl: "http://127.0.0.1:4010/" } });
  await web.mirror.commit(run, { rows });
  await web.mirror.end(run);
  const page = await (await web.get("")).text();
  expect(page).toContain(ID);
  expect(page).not.toContain("console.apify.com");
});

test("while requests fail and are tried again, page, readiness and status say so", async () => {
  await using service = await startTestService({ datasets: 30 });
  await expect.poll(async () => (await service.get("/readyz")).status).toBe(200);
  await service.sandbox[Symbol.asyncDispose]();
  const told = /run waits for Apify: connection refused \(127\.0\.0\.1:\d+\), try \d of 8\./;
  const textOf = async (path: string) => (await service.get(path)).text();
  await expect.poll(() => textOf("/readyz")).toMatch(told);
  await expect.poll(() => textOf("/api/status")).toMatch(told);
  await expect.poll(() => textOf("/")).toMatch(told);
});
