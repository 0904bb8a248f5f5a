/** Plays the plan of a seed: a moving account, faults and cut passes, then quiet, in which the mirror must heal. */
import { expect } from "vitest";

import { MovingAccount } from "./moving-account.ts";
import { Dice } from "./random.ts";
import { WholeCheck } from "./whole-check.ts";
import { deedOf, isMisleading, planOf } from "./whole-plan.ts";
import type { Climate, Step } from "./whole-plan.ts";
import type { WholeStore } from "./whole-store.ts";
import { openWholeWorld } from "./whole-world.ts";
import type { WholeWorld } from "./whole-world.ts";

/** Longer than every lag of a climate. */
const QUIET_MS = 60_000;
/** Deeds during a pass. */
const STIRRED_MAX = 40;

/** Throws at the first thing that does not hold. */
export async function playWorld(seed: number, whole: WholeStore): Promise<void> {
  const { climate, steps } = planOf(seed);
  await using world = await openWholeWorld({
    ...{ whole, seed },
    source: `world-${seed}`,
    databaseAheadMs: climate.databaseAhead,
    sandbox: {
      datasets: climate.datasets,
      named: climate.unnamed ? 0.1 : 0.6,
      ...climate.delays,
    },
    env: {
      PAGE_SIZE: String(climate.pageSize),
      MAX_CONCURRENCY: String(climate.depth),
      DATASETS_UNNAMED: String(climate.unnamed),
      REMOVAL_GRACE: `${climate.grace}ms`,
      LOOKBACK: `${climate.lookback}ms`,
    },
  });
  const { account, faults } = world.sandbox;
  account.limitMax = climate.limitMax;
  const moving = new MovingAccount(world.sandbox, world.clock, !climate.unnamed);
  const check = new WholeCheck(world, climate, moving);
  for (const [name, rate] of climate.faults) faults.set(name, rate);
  const dice = new Dice(~seed);
  for (const step of steps) {
    moving.stir(dice, climate.churn, deedOf, STIRRED_MAX);
    await take(step, world, moving, check);
  }
  await heal(world, climate, moving, check);
}

async function take(step: Step, world: WholeWorld, moving: MovingAccount, check: WholeCheck): Promise<void> {
  if (step.do === "wait") return world.clock.advance(step.ms);
  if (step.do === "clock") return void (world.aheadMs = step.aheadMs);
  if (step.do === "limit") return void (world.sandbox.account.limitMax = step.count);
  if (step.do !== "pass") return moving.do(step);
  const before = check.sight();
  const { requests } = world.sandbox;
  requests.length = 0;
  const passed = await world.pass(step.kind, step.cut);
  await check.ran(passed, before, requests);
}

/** No faults and no changes any more: two full passes past the grace, and the mirror is the account. */
async function heal(
  world: WholeWorld,
  climate: Climate,
  moving: MovingAccount,
  check: WholeCheck,
): Promise<void> {
  world.sandbox.faults.clear();
  world.sandbox.account.delays.stale = 0;
  moving.rest();
  // No dataset is too young to be judged absent after that.
  await world.clock.advance(QUIET_MS + climate.lookback);
  await tickUntilEqual(world, climate, moving, check);
  // A pass that began before the quiet is resumed: it is none of the two.
  if (await isPassOpen(world)) await world.pass("full");
  for (let left = 2; left > 0; left -= 1) {
    const { requests } = world.sandbox;
    requests.length = 0;
    const before = check.sight();
    // A list that is suddenly empty is suspicious until a person accepts it.
    const isEmptied = world.sandbox.account.snapshot({ unnamed: climate.unnamed }).length === 0;
    const passed = await world.pass("full", null, isEmptied);
    expect(passed.report).toMatchObject({ complete: true, outcome: { status: "succeeded" } });
    await check.ran(passed, before, requests);
    await world.clock.advance(climate.grace + 1);
  }
  await check.equal();
  const open = await world.ask(
    "select id from apify.sync_runs where source = $1 and (status = 'running' or finished_at is null)",
    [world.source],
  );
  expect(open, "runs left open").toEqual([]);
}

/** Quiet ticks within which everything is found that the search can find. */
const TICKS_MAX = 40;

/** Ticks alone make live rows the list, unless what came into the middle, or was answered wrongly, may hide what is gone. */
async function tickUntilEqual(
  world: WholeWorld,
  climate: Climate,
  moving: MovingAccount,
  check: WholeCheck,
): Promise<void> {
  const isHidden = moving.moved.size > 0 || climate.delays.stale || climate.faults.some(isMisleading);
  if (isHidden || world.sandbox.account.snapshot({ unnamed: climate.unnamed }).length === 0) return;
  for (let left = TICKS_MAX; left > 0; left -= 1) {
    const { report } = await world.pass("incremental");
    // The first pass of an account is a full one, whatever was asked for.
    const isTick = report.run.kind === "incremental";
    if (report.needsFullPass) await world.pass("full");
    else if (isTick && (report.progress?.reconciled ?? 0) === 0) return check.listed();
  }
  expect.fail(`${TICKS_MAX} quiet ticks were not enough`);
}

async function isPassOpen({ ask, source }: WholeWorld): Promise<boolean> {
  const rows = await ask("select 1 from apify.sources where name = $1 and full_pass is not null", [source]);
  return rows.length > 0;
}
