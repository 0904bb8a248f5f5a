import { expect, test } from "vitest";
import { z } from "zod";

import { toConfig } from "../../src/config.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { DAWN, SOURCE, dataset, fullPass, minute } from "../support/mirror.ts";
import { STALE_MS, openWeb } from "../support/web.ts";
import type { Web } from "../support/web.ts";
import { host as machine } from "../config/host.ts";

const Answer = z.object({ headline: z.string(), cause: z.string().nullable() });

/** What /readyz says once the last look at the account is old. */
async function readiness({ clock, get }: Web): Promise<{ status: number; why: string }> {
  await clock.advance(1000);
  const answer = await get("readyz");
  const { headline, cause } = Answer.parse(await answer.json());
  return { status: answer.status, why: `${headline}: ${cause}` };
}

const READY = { status: 200, why: expect.stringMatching(/^The mirror is up to date/) };
const rows = [dataset("a", 0), dataset("b", 1)];

test("ready when a run has succeeded within three ticks, and not before or longer", async () => {
  await using web = await openWeb();
  expect(await readiness(web)).toEqual({ status: 503, why: expect.stringContaining("was never mirrored") });
  await fullPass(web.mirror, 0, rows);
  expect(await readiness(web)).toEqual(READY);
  await web.clock.advance(STALE_MS);
  expect(await readiness(web)).toEqual({
    status: 503,
    why: expect.stringContaining("longer than three ticks"),
  });
  web.mirror.now = web.clock.now();
  const failed = await web.mirror.begin();
  await web.mirror.end(failed, { status: "failed", error: "Apify said 401", complete: false });
  expect(await readiness(web)).toEqual({ status: 503, why: expect.stringContaining("Apify said 401") });
  await fullPass(web.mirror, (web.clock.now() - minute(0)) / 60_000, rows);
  expect(await readiness(web)).toEqual(READY);
});

test("not ready while the database is away, alive all the time, ready when it is back", async () => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  expect(await readiness(web)).toEqual(READY);
  await web.wire.close();
  expect(await readiness(web)).toEqual({
    status: 503,
    why: expect.stringMatching(/ECONNREFUSED|terminated/),
  });
  expect((await web.get("healthz")).status).toBe(200);
  expect((await web.get("api/status")).status).toBe(503);
  expect((await web.get("metrics")).status).toBe(200);
  await web.wire.open();
  await expect.poll(() => readiness(web)).toEqual(READY);
});

test("a page that took long to make does not hide for long that the database has gone", async () => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  await using holder = openDatabase(web.mirror.url);
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  // Read for the page alone.
  const holding = holder.db.transaction(async (tx) => {
    await tx.execute("lock table apify.dataset_versions in access exclusive mode");
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const slow = web.get("");
  const waiting = "select from pg_locks where relation = 'apify.dataset_versions'::regclass and not granted";
  await expect.poll(() => web.mirror.sql(waiting)).toHaveLength(1);
  await web.clock.advance(2500);
  release.resolve();
  await holding;
  expect(await (await slow).text()).toContain("The mirror is up to date");
  await web.wire.close();
  await web.clock.advance(2000);
  expect(await (await web.get("")).text()).toContain("The mirror cannot be read");
});

test.each([
  [
    "older",
    "delete from apify.migrations where id = (select max(id) from apify.migrations)",
    /older version/,
  ],
  [
    "newer",
    "insert into apify.migrations (hash, created_at) values ('later', 99999999999999)",
    /newer version/,
  ],
  ["absent", "drop schema apify cascade", /no mirror yet/],
])("not ready when the schema is %s, with what to do", async (_, change, reason) => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  await web.mirror.sql(change);
  const answer = await web.get("readyz");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    ...{ ready: false, state: "unreadable", headline: "The mirror cannot be read" },
    cause: expect.stringMatching(reason),
    hint: expect.stringMatching(/^Run /),
  });
});

const PATHS = ["", "healthz", "readyz", "metrics", "api/status", "assets/page.js", "nothing"];

test("every answer carries the security headers, whatever it is", async () => {
  await using web = await openWeb();
  const answers = PATHS.map((path) => [path, { method: "HEAD" }] as const);
  for (const [path, init] of [...answers, ["", { method: "POST" }], ["%", {}]] as const) {
    const { headers } = await web.get(path, init);
    expect(Object.fromEntries(headers), path).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'none'.*frame-ancestors 'none'$/),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("server")).toBeNull();
  }
});

test("nothing is changed over HTTP: only GET and HEAD are answered, and they leave the database as it is", async () => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  const state = () =>
    web.mirror.sql(`select (select json_agg(s) from apify.sources s) as sources,
      (select json_agg(r order by id) from apify.sync_runs r) as runs,
      (select json_agg(d order by id) from apify.datasets d) as datasets`);
  const before = await state();
  for (const path of PATHS) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const answer = await web.get(path, { method });
      expect([answer.status, answer.headers.get("allow")], `${method} ${path}`).toEqual([405, "GET, HEAD"]);
    }
    await (await web.get(path)).arrayBuffer();
  }
  expect(await state()).toEqual(before);
});

test("bound to loopback unless told otherwise", () => {
  expect(toConfig({ APIFY_TOKEN: "t" }, { token: true }, machine).http.host).toBe("127.0.0.1");
});

test("status as JSON is what `status --json` prints", async () => {
  await using web = await openWeb();
  await fullPass(web.mirror, 0, rows);
  expect(await (await web.get("api/status")).json()).toMatchObject({
    ...{ source: SOURCE, state: "fresh", fresh: true, live_rows: 2, embedded: false },
    ...{ last_success_at: new Date(DAWN).toISOString(), lease: { holder: null, busy: false } },
    runs: [{ status: "succeeded", inserted: 2, started_at: new Date(DAWN).toISOString() }],
  });
});
