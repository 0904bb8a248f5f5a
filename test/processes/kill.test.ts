import { setTimeout as sleep } from "node:timers/promises";

import { expect, test, vi } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox } from "../../src/sandbox/start.ts";
import { systemClock } from "../../src/system.ts";
import { MovingAccount } from "../simulation/moving-account.ts";
import { Dice } from "../simulation/random.ts";
import { deedOf } from "../simulation/whole-plan.ts";
import { watchArrivals } from "../support/arrivals.ts";
import type { Arrivals } from "../support/arrivals.ts";
import { startTestCluster } from "../support/cluster.ts";
import type { TestCluster } from "../support/cluster.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { expectEqual, expectRunsTruthful } from "../support/equal.ts";
import { expectCountersTrue, installLedger } from "../support/ledger.ts";
import type { Ask } from "../support/ledger.ts";
import { runProgram, startProgram } from "../support/process.ts";
import type { RunningProgram } from "../support/process.ts";
import { query } from "../support/query.ts";

const kills = Number(process.env["KILLS"] ?? 12);
const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

/** Share of the rounds in which Postgres crashes too. */
const CRASH_SHARE = 0.3;
/** What is run, and about how many requests that takes; the service goes on from pass to pass. */
interface Program {
  readonly args: readonly string[];
  readonly requests: number;
}
const PROGRAMS: readonly [Program, ...Program[]] = [
  { args: ["sync", "--full"], requests: 36 },
  { args: ["sync"], requests: 2 },
  { args: ["start"], requests: 50 },
  { args: ["start"], requests: 50 },
];
/** Between a request and the kill, milliseconds: long enough for the page's transaction. */
const DELAY_MS_MAX = 25;

test(
  `killed ${kills} times anywhere, with Postgres crashing in between, it goes on as if nothing had been (seed ${seed})`,
  { timeout: 120_000 + kills * 15_000 },
  async () => {
    await using scene = await openScene();
    let killed = 0;
    for (let round = 1; killed < kills; round += 1) {
      killed += (await playRound(scene)) ? 1 : 0;
      await expectNothingBroken(scene);
      if (round % 20 === 0) console.log(`${killed} of ${kills} kills in ${round} rounds`);
    }
    scene.moving.rest();
    // The first ends what is under way, the second finds what is absent, the third removes it.
    for (const which of ["first", "second", "third"]) {
      const { code, stdout, stderr } = await runProgram(["sync", "--full"], scene.env);
      expect(code, `${which} sync at rest: ${stdout}${stderr}`).toBe(0);
    }
    await expectEqual({ url: scene.database.adminUrl, sandbox: scene.sandbox });
    await expectRunsTruthful({ url: scene.database.adminUrl });
    await expectCountersTrue(scene.ask);
    const ends = await scene.ask<{ end: string; runs: number }>(ENDS);
    console.log(`runs: ${ends.map(({ end, runs }) => `${runs} ${end}`).join(", ")}`);
    expect(ends.map(({ end }) => end)).toContain("abandoned");
  },
);

const ENDS = `
  select case when error like 'the database has lost%' then 'without their last pages' else status end as end,
    count(*)::int as runs
  from apify.sync_runs group by 1 order by 2 desc`;

interface Scene extends AsyncDisposable {
  readonly dice: Dice;
  readonly cluster: TestCluster;
  readonly database: RoleDatabase;
  readonly sandbox: Sandbox;
  readonly moving: MovingAccount;
  readonly arrivals: Arrivals;
  readonly env: Readonly<Record<string, string>>;
  readonly ask: Ask;
}

async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const dice = new Dice(seed);
  const cluster = stack.use(await startTestCluster());
  const database = await cluster.createDatabase();
  await prepare(database);
  const sandbox = stack.use(await startSandbox({ datasets: 600, seed }));
  const moving = new MovingAccount(sandbox, systemClock);
  moving.stir(dice, 0.1, deedOf, Infinity);
  const arrivals = watchArrivals(sandbox);
  const env = {
    APIFY_TOKEN: sandbox.token,
    APIFY_API_BASE_URL: sandbox.url,
    DATABASE_URL: database.url,
    ...{ PAGE_SIZE: "20", MAX_REQUESTS_PER_SECOND: "1000", MAX_CONCURRENCY: "3", HTTP_PORT: "0" },
    ...{ SYNC_CRON: "* * * * * *", FULL_SYNC_CRON: "*/2 * * * * *", LOOKBACK: "1s" },
    ...{ REMOVAL_GRACE: "0s", REMOVAL_BRAKE: "1" },
  };
  const ask: Ask = (text, values) => query(database.adminUrl, text, values);
  const owned = stack.move();
  return {
    ...{ dice, cluster, database, sandbox, moving, arrivals, env, ask },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function prepare({ url, adminUrl }: RoleDatabase): Promise<void> {
  await using database = openDatabase(url);
  await migrate(database.db);
  await installLedger(adminUrl);
}

/** Runs the program until it is killed at a random moment of a pass. False: it had ended before. */
async function playRound(scene: Scene): Promise<boolean> {
  const { dice, arrivals, cluster, moving, env } = scene;
  for (let left = dice.int(0, 5); left > 0; left -= 1) moving.do(deedOf(dice));
  const { args, requests } = dice.pick(PROGRAMS);
  const program = startProgram(args, env);
  const moment = arrivals.after(dice.int(1, requests));
  if (dice.chance(CRASH_SHARE)) {
    await Promise.race([arrivals.after(dice.int(1, requests)), program.ended]);
    await cluster.stop("immediate");
    await cluster.start();
  }
  const delayMs = dice.int(0, DELAY_MS_MAX);
  await Promise.race([moment.then(() => sleep(delayMs)), program.ended]);
  return kill(program);
}

async function kill(program: RunningProgram): Promise<boolean> {
  program.kill("SIGKILL");
  const { code, stderr } = await program.ended;
  if (code === null) return true;
  expect([0, 1], stderr).toContain(code);
  return false;
}

/** What holds at every moment, and after a kill as soon as Postgres has noticed it. */
async function expectNothingBroken({ ask, database, sandbox, moving }: Scene): Promise<void> {
  await vi.waitFor(async () => {
    const still = await ask("select 1 from pg_stat_activity where usename = $1", [database.role]);
    expect(still).toEqual([]);
  }, 20_000);
  await expectCountersTrue(ask);
  // An incremental run may have been killed inside a longer one.
  const running = await ask<{ nested: boolean; runs: number }>(
    "select kind = 'incremental' as nested, count(*)::int as runs from apify.sync_runs where status = 'running' group by 1",
  );
  expect(running.filter(({ runs }) => runs > 1)).toEqual([]);
  // As if the lease of 30 s had run out since.
  const [source] = await ask<{ incremental: number | null; full: number | null }>(
    `update apify.sources set lease_expires_at = clock_timestamp() - interval '1 ms'
     returning (extract(epoch from incremental_anchor_created_at) * 1000)::float8 as incremental,
       (extract(epoch from full_anchor_created_at) * 1000)::float8 as full`,
  );
  const read = Math.max(source?.incremental ?? 0, source?.full ?? 0);
  const rows = await ask<{ id: string }>("select id from apify.live_datasets");
  const live = new Set(rows.map(({ id }) => id));
  const ahead = sandbox.account
    .snapshot()
    .filter(({ id, createdAt }) => Date.parse(createdAt) < read && !moving.moved.has(id) && !live.has(id));
  expect(ahead, "before a cursor and not in the mirror").toEqual([]);
}
