import { expect, test } from "vitest";

import { expectCountersTrue } from "../support/ledger.ts";
import { openWholeStore } from "./whole-store.ts";
import { openWholeWorld } from "./whole-world.ts";
import type { WholeWorld } from "./whole-world.ts";

const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

const PASSES = 4;

test.each([1, 8])(
  `full passes miss nothing that lived throughout, and remove nothing that lives, while every request finds another list (seed ${seed}, %i pages in flight)`,
  { timeout: 120_000 },
  async (depth) => {
    await using whole = await openWholeStore();
    await using world = await openWholeWorld({
      ...{ whole, seed },
      source: "churn",
      sandbox: { datasets: 1500, churn: "create=4/r,tied=1/r,expire=3/r,delete=2/r,touch=3/r" },
      env: { PAGE_SIZE: "100", MAX_CONCURRENCY: String(depth), REMOVAL_GRACE: "0s" },
    });
    for (let left = PASSES; left > 0; left -= 1) {
      const before = listOf(world);
      const { report } = await world.pass("full");
      const after = new Set(listOf(world));
      const throughout = before.filter((id) => after.has(id));
      expect(report).toMatchObject({ complete: true, outcome: { status: "succeeded" } });
      expect(throughout.length).toBeGreaterThan(before.length / 2);
      const { live, removed } = await rowsOf(world);
      expect(
        throughout.filter((id) => !live.has(id)),
        "missed",
      ).toEqual([]);
      expect(
        [...removed].filter((id) => after.has(id)),
        "falsely removed",
      ).toEqual([]);
      await world.clock.advance(60_000);
    }
    expect((await rowsOf(world)).removed.size).toBeGreaterThan(50);
    await expectCountersTrue(world.ask, "churn");
  },
);

function listOf({ sandbox }: WholeWorld): string[] {
  return sandbox.account.snapshot().map(({ id }) => id);
}

async function rowsOf({ ask }: WholeWorld): Promise<{ live: Set<string>; removed: Set<string> }> {
  const rows = await ask<{ id: string; removed: boolean }>(
    "select id, removed_at is not null as removed from apify.datasets",
  );
  const idsWhere = (isRemoved: boolean) =>
    new Set(rows.filter(({ removed }) => removed === isRemoved).map(({ id }) => id));
  return { live: idsWhere(false), removed: idsWhere(true) };
}
