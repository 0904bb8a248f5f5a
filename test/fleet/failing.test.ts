/** Accounts that fail beside accounts that do not. */
import { expect, test, vi } from "vitest";

import { openFleetWorld } from "../support/fleet.ts";
import type { FleetWorld } from "../support/fleet.ts";

const HEALTHY = 30;
const TICK_S = 5;
const WAIT = { timeout: 120_000, interval: 500 };

/** Names of accounts, and the fault of all their requests; the fourth part of the proof. */
const FAULTS = { refused: [10, "401=1"], hanging: [5, "hang=1"], throttled: [5, "429=1"] } as const;

test(
  "of 50 accounts ten are refused, five hang and five are throttled: the other thirty are as fresh as without them",
  { timeout: 300_000 },
  async () => {
    const healthy = Object.fromEntries(
      Array.from({ length: HEALTHY }, (_, nth) => [`healthy ${nth}`, { datasets: 100 + nth }]),
    );
    const failing = Object.fromEntries(
      Object.entries(FAULTS).flatMap(([name, [count, faults]]) =>
        Array.from({ length: count }, (_, nth) => [`${name} ${nth}`, { datasets: 10, faults }] as const),
      ),
    );
    await using world = await openFleetWorld(
      { ...failing, ...healthy },
      {
        ...{ SYNC_CRON: `*/${TICK_S} * * * * *`, NAMED_SYNC_CRON: "off", REQUEST_TIMEOUT: "5s" },
      },
    );
    const programs = [world.start(), world.start()];
    await vi.waitFor(
      async () => expect(await countOf(world, "last_success_at is not null")).toBe(HEALTHY),
      WAIT,
    );
    // From the first success on, every healthy account has one at every tick.
    await vi.waitFor(async () => expect(await countOf(world, TICKED)).toBe(HEALTHY), WAIT);
    const [late] = await world.ask<{ gap: number }>(LONGEST_GAP);
    expect(late?.gap, "seconds between two successes").toBeLessThan(4 * TICK_S);
    // Those that fail were asked less and less often.
    const runs = await world.ask<{ name: string; runs: number }>(RUNS_OF_FAILING);
    const most = Math.max(...runs.map((row) => row.runs));
    expect(runs.length).toBe(20);
    expect(most).toBeLessThan(TICKS / 2);
    const refused = world.sandboxes.get("refused 0")?.requests.length ?? 0;
    expect(refused).toBeLessThan(TICKS / 2);
    for (const program of programs) program.kill("SIGTERM");
    for (const program of programs) expect((await program.ended).code).toBe(0);
  },
);

const TICKS = 12;
const TICKED = `(select count(*) from apify.sync_runs r where r.source = freshness.source and status = 'succeeded') > ${TICKS}`;
const LONGEST_GAP = `
  select max(gap)::float8 as gap from (
    select extract(epoch from finished_at - lag(finished_at) over (partition by source order by id)) as gap
    from apify.sync_runs where source like 'healthy%' and status = 'succeeded' and kind = 'incremental') gaps`;
const RUNS_OF_FAILING = `
  select s.name, count(r.id)::int as runs from apify.sources s left join apify.sync_runs r on r.source = s.name
  where s.name not like 'healthy%' group by 1`;

async function countOf({ ask }: FleetWorld, condition: string): Promise<number> {
  const [exists] = await ask("select to_regclass('apify.freshness') is not null as exists");
  if (exists?.["exists"] !== true) return 0;
  const [row] = await ask<{ count: number }>(
    `select count(*)::int from apify.freshness where source like 'healthy%' and ${condition}`,
  );
  return row?.count ?? 0;
}
