import { expect, test } from "vitest";

import { expectCountersTrue } from "../support/ledger.ts";
import { Dice } from "./random.ts";
import { openWholeStore } from "./whole-store.ts";
import { openWholeWorld } from "./whole-world.ts";
import type { WholeWorld } from "./whole-world.ts";

const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const DAYS = 30;
const RETENTION_MS = 7 * DAY_HOURS * HOUR_MS;
const CREATED_AN_HOUR = 40;
/** A tick asks once for what is new, and once for what has expired; a full pass a day comes on top. */
const REQUESTS_A_TICK_MAX = 3;

test(
  `a month of hourly ticks over a list that expires after a week loses nothing (seed ${seed})`,
  { timeout: 300_000 },
  async () => {
    await using whole = await openWholeStore();
    await using world = await openWholeWorld({
      ...{ whole, seed },
      source: "month",
      sandbox: { retention: RETENTION_MS, named: 0 },
      env: {},
    });
    const dice = new Dice(seed);
    const everListed = new Set<string>();
    for (let hour = 1; hour <= DAYS * DAY_HOURS; hour += 1) {
      await world.clock.advance(HOUR_MS);
      for (const id of createOverAnHour(world, dice)) everListed.add(id);
      await passes(world, "incremental");
      if (hour % DAY_HOURS === 0) await passes(world, "full");
    }
    const requests = world.sandbox.requests.length;
    world.sandbox.account.retention = undefined;
    for (let left = 2; left > 0; left -= 1) {
      await passes(world, "full");
      await world.clock.advance(HOUR_MS);
    }
    const rows = await world.ask<{ id: string; gone: boolean }>(
      "select id, removed_at is not null as gone from apify.datasets",
    );
    const held = new Set(rows.map(({ id }) => id));
    const live = new Set(rows.filter(({ gone }) => !gone).map(({ id }) => id));
    expect(everListed.size).toBeGreaterThan(CREATED_AN_HOUR * DAYS * DAY_HOURS * 0.95);
    expect([...everListed].filter((id) => !held.has(id))).toEqual([]);
    const list = new Set(world.sandbox.account.snapshot().map(({ id }) => id));
    expect([...live].filter((id) => !list.has(id))).toEqual([]);
    expect([...list].filter((id) => !live.has(id))).toEqual([]);
    expect(requests / (DAYS * DAY_HOURS)).toBeLessThanOrEqual(REQUESTS_A_TICK_MAX);
    await expectCountersTrue(world.ask, "month");
  },
);

/** What comes within the hour is listed at its end: the retention is longer. */
function createOverAnHour({ clock, sandbox }: WholeWorld, dice: Dice): string[] {
  const count = dice.poisson(CREATED_AN_HOUR);
  const from = clock.now() - HOUR_MS;
  return Array.from({ length: count }, (_, nth) =>
    sandbox.account.create(1, from + Math.floor((HOUR_MS * (nth + 1)) / (count + 1))),
  ).flat();
}

async function passes(world: WholeWorld, kind: "incremental" | "full"): Promise<void> {
  const { report } = await world.pass(kind);
  expect(report).toMatchObject({ complete: true, outcome: { status: "succeeded" } });
}
