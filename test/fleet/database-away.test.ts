import { expect, test, vi } from "vitest";

import { startTestCluster } from "../support/cluster.ts";
import { openFleetWorld } from "../support/fleet.ts";
import { query } from "../support/query.ts";

const WAIT = { timeout: 90_000, interval: 500 };

test("Postgres crashes and comes back: all accounts go on", { timeout: 200_000 }, async () => {
  await using cluster = await startTestCluster();
  const { url } = await cluster.createDatabase();
  await using world = await openFleetWorld({ a: { datasets: 30 }, b: { datasets: 60 } }, {}, url);
  const program = world.start();
  const live = async () =>
    (
      await query(url, "select source, live_rows::int as live from apify.freshness order by 1").catch(
        () => [],
      )
    ).map((row) => row["live"]);
  await vi.waitFor(async () => expect(await live()).toEqual([30, 60]), WAIT);
  await cluster.stop("immediate");
  await program.printed(/"err":.*cannot be used|no run could begin|the queues/);
  await cluster.start();
  for (const { account } of world.sandboxes.values()) account.create(3);
  await vi.waitFor(async () => expect(await live()).toEqual([33, 63]), WAIT);
  program.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
});
