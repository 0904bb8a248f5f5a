/** Processes of a fleet that are killed at any moment: their accounts go on elsewhere, and no account is run by two at once. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect, test, vi } from "vitest";

import type { Sandbox } from "../../src/sandbox/start.ts";
import { Dice } from "../simulation/random.ts";
import { mirrored, toldOf } from "../support/equal.ts";
import { openFleetWorld } from "../support/fleet.ts";
import type { FleetWorld } from "../support/fleet.ts";
import type { RunningProgram } from "../support/process.ts";

const kills = Number(process.env["FLEET_KILLS"] ?? 4);
const accounts = Number(process.env["FLEET_ACCOUNTS"] ?? 10);
const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));
const PROCESSES = 3;
const TICK_S = 3;
/** What an account may be older than its tick, seconds. */
const LATE_S_MAX = 60;
const BETWEEN_MS_MAX = 8000;

test(
  `${accounts} accounts, ${PROCESSES} processes, ${kills} kills (seed ${seed})`,
  { timeout: 300_000 + kills * 15_000 },
  async () => {
    const dice = new Dice(seed);
    await using world = await openWorld(dice);
    const programs = Array.from({ length: PROCESSES }, () => world.start());
    await vi.waitFor(async () => expect(await provenOf(world)).toBe(accounts), {
      timeout: 120_000,
      interval: 500,
    });
    let oldest = 0;
    for (let killed = 0; killed < kills; killed += 1) {
      await sleep(dice.int(0, BETWEEN_MS_MAX));
      stir(world, dice);
      await killOne(programs, dice, () => world.start());
      oldest = Math.max(oldest, await ageOf(world));
    }
    // The last one's accounts, too, are taken over in time.
    await vi.waitFor(
      async () => {
        const age = await ageOf(world);
        oldest = Math.max(oldest, age);
        expect(age).toBeLessThan(3 * TICK_S);
      },
      { timeout: 120_000, interval: 500 },
    );
    console.log(`the oldest success was ${oldest.toFixed(1)} s ago`);
    expect(oldest).toBeLessThan(LATE_S_MAX + TICK_S);
    await expectAllEqual(world);
    await expectOneAtATime(world);
    const ends = await world.ask(
      "select status, count(*)::int from apify.sync_runs group by 1 order by 2 desc",
    );
    console.log(JSON.stringify(ends));
  },
);

async function openWorld(dice: Dice): Promise<FleetWorld> {
  const names = Array.from({ length: accounts }, (_, nth) => `account ${nth}`);
  const options = names.map((name, nth) => [name, { datasets: dice.int(0, 400), seed: seed + nth }] as const);
  const world = await openFleetWorld(Object.fromEntries(options), {
    ...{ SYNC_CRON: `*/${TICK_S} * * * * *`, FULL_SYNC_CRON: "*/15 * * * * *", NAMED_SYNC_CRON: "off" },
    ...{ PAGE_SIZE: "50", REMOVAL_BRAKE: "1", MAX_REQUESTS_PER_SECOND: "1000" },
  });
  const prepared = world.start({ HTTP_PORT: "0" });
  await vi.waitFor(async () => expect(await provenOf(world)).toBeGreaterThan(0), {
    timeout: 60_000,
    interval: 500,
  });
  prepared.kill("SIGTERM");
  await prepared.ended;
  await world.ask(FENCE_LOG);
  return world;
}

/** What becomes of the lease of each account, written down by the database itself. */
const FENCE_LOG = `
  create table public.fences (nr bigint generated always as identity, source text, fence bigint, holder text,
    taken_from text, was_over boolean);
  create function public.note_fence() returns trigger language plpgsql as $$
  begin
    insert into public.fences (source, fence, holder, taken_from, was_over)
    values (new.name, new.lease_fence, new.lease_holder, case when old.lease_busy then old.lease_holder end,
      old.lease_expires_at < clock_timestamp());
    return null;
  end $$;
  create trigger fence after update on apify.sources for each row
    when (new.lease_fence <> old.lease_fence) execute function public.note_fence();`;

async function expectOneAtATime({ ask }: FleetWorld): Promise<void> {
  const stolen = await ask("select * from public.fences where taken_from is not null and not was_over");
  expect(stolen, "leases that were taken from a run that still had them").toEqual([]);
  const [taken] = await ask<{ leases: number; holders: number }>(
    "select count(*)::int as leases, count(distinct holder)::int as holders from public.fences",
  );
  expect(taken?.leases).toBeGreaterThan(accounts);
  expect(taken?.holders).toBeGreaterThan(PROCESSES);
  const beside = await ask(`
    select a.id, b.id as beside, a.source from apify.sync_runs a join apify.sync_runs b
      on b.source = a.source and b.id > a.id and b.started_at < a.finished_at
    where a.status <> 'abandoned' and not (a.kind = 'full' and b.kind = 'incremental')`);
  expect(beside, "runs of one account beside each other").toEqual([]);
}

async function provenOf({ ask }: FleetWorld): Promise<number> {
  const [exists] = await ask("select to_regclass('apify.sources') is not null as exists");
  if (exists?.["exists"] !== true) return 0;
  const [row] = await ask<{ proven: number }>(
    "select count(*)::int as proven from apify.sources where last_full_pass_at is not null",
  );
  return row?.proven ?? 0;
}

/** Seconds since the success that is the longest ago. */
async function ageOf({ ask }: FleetWorld): Promise<number> {
  const [row] = await ask<{ age: number }>(
    "select extract(epoch from max(now() - last_success_at))::float8 as age from apify.freshness",
  );
  return row?.age ?? Infinity;
}

function stir({ sandboxes }: FleetWorld, dice: Dice): void {
  for (const { account } of sandboxes.values()) {
    if (dice.chance(0.5)) account.create(dice.int(1, 20));
    if (dice.chance(0.3)) account.expireOldest(dice.int(1, 20));
    if (dice.chance(0.2)) account.renameRandom(dice.int(1, 5));
  }
}

async function killOne(programs: RunningProgram[], dice: Dice, start: () => RunningProgram): Promise<void> {
  const nth = dice.int(0, programs.length - 1);
  const program = programs[nth];
  program?.kill("SIGKILL");
  await program?.ended;
  const next = start();
  programs[nth] = next;
  // How long a program takes to load is the machine's affair.
  await next.printed(/the service is up/);
}

async function expectAllEqual(world: FleetWorld): Promise<void> {
  for (const [name, sandbox] of world.sandboxes) {
    const expected = toldInOrder(sandbox);
    await vi.waitFor(
      async () => {
        const rows = await mirrored(world.databaseUrl, "apify.live_datasets where source = $1", [name]);
        expect(rows, name).toEqual(expected);
      },
      { timeout: 90_000, interval: 1000 },
    );
  }
}

function toldInOrder({ account }: Sandbox) {
  return account
    .snapshot()
    .map(toldOf)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
