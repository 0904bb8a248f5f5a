/** What a column can hold and a session can set must not break a page. */
import { expect, test } from "vitest";

import { dataset, fullPass } from "../support/mirror.ts";
import { openWeb } from "../support/web.ts";

const TIMES = ["0001-01-01", "4713-01-01 BC", "294276-12-31 23:59:59", "infinity", "-infinity"];
const SETTINGS = {
  datestyle: "'German'",
  intervalstyle: "'sql_standard'",
  // Its local mean time is an offset with seconds.
  timezone: "'Africa/Monrovia'",
  extra_float_digits: "-15",
};

test("page, status and readiness bear every time, whatever the session's formats", async () => {
  await using web = await openWeb();
  const { mirror } = web;
  const database = new URL(mirror.url).pathname.slice(1);
  for (const [name, value] of Object.entries(SETTINGS))
    await mirror.sql(`alter database "${database}" set ${name} = ${value}`);
  await fullPass(
    mirror,
    0,
    TIMES.map((_, index) => dataset(`d${index}`, index, { itemCount: 10 + index })),
  );
  for (const [index, time] of TIMES.entries())
    await mirror.sql("update apify.datasets set created_at = $1::timestamptz where id = $2", [
      time,
      `d${index}`,
    ]);
  for (const time of [...TIMES, null]) {
    await mirror.sql("update apify.sources set incremental_anchor_created_at = $1, last_full_pass_at = $1", [
      time,
    ]);
    await mirror.sql("update apify.sync_runs set started_at = coalesce($1, started_at), finished_at = $1", [
      time,
    ]);
    await web.clock.advance(3_600_000);
    const page = await web.get("");
    expect([page.status, await page.text()], String(time)).toEqual([200, expect.stringContaining("d4")]);
    const status = await web.get("api/status");
    expect([status.status, await status.json()], String(time)).toEqual([200, expect.any(Object)]);
    expect((await web.get("metrics")).status, String(time)).toBe(200);
  }
  expect(web.log.lines("error")).toEqual([]);
});

test("times are right under such settings", async () => {
  await using web = await openWeb();
  const database = new URL(web.mirror.url).pathname.slice(1);
  for (const [name, value] of Object.entries(SETTINGS))
    await web.mirror.sql(`alter database "${database}" set ${name} = ${value}`);
  await fullPass(web.mirror, 5, [dataset("a", 0)]);
  await web.clock.advance(5 * 60_000);
  expect(await (await web.get("api/status")).json()).toMatchObject({
    last_success_at: "2026-01-01T00:05:00.000Z",
  });
});
