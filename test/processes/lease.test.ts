/**
 * Two services on one account, as processes. The time that a lease lasts, and that a transaction may be idle, passes at
 * once, by what the database then holds; with REAL_LEASES=1 it passes in real time. The ledger witnesses who wrote, by
 * the application_name of each service's connections.
 */
import { Client } from "pg";
import { expect, test, vi } from "vitest";

import { LEASE_TTL_MS } from "../../src/mirror/lease.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox } from "../../src/sandbox/start.ts";
import { expectEqual, expectRunsTruthful } from "../support/equal.ts";
import { expectCountersTrue, installLedger } from "../support/ledger.ts";
import { WITHOUT_PGBOUNCER, startPgBouncer } from "../support/pgbouncer.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram, startProgram } from "../support/process.ts";
import type { RunningProgram } from "../support/process.ts";
import { query } from "../support/query.ts";

type Way = "directly" | "through PgBouncer in transaction mode";
const WAYS: readonly Way[] = ["directly", "through PgBouncer in transaction mode"];

const isLeftOut = (way: Way) => way !== "directly" && WITHOUT_PGBOUNCER !== null;
if (WITHOUT_PGBOUNCER !== null) console.warn(`skipped behind PgBouncer: ${WITHOUT_PGBOUNCER}`);

const isReal = process.env["REAL_LEASES"] === "1";
const TAKEOVER_MS_MAX = 60_000;
/** What of it is left to the one that waits once the lease has run out. */
const RETRY_MS_MAX = isReal ? TAKEOVER_MS_MAX : TAKEOVER_MS_MAX - LEASE_TTL_MS;
/** Of a test: two takeovers, and what leads up to them on a busy machine. */
const timeout = 180_000;
const STARTED = /"msg":"run started"/;
const WAITS = /"msg":"another process works on the account; this one waits"/;

test.concurrent.for(WAYS)(
  "killed: the one that waits takes over within 60 s, %s",
  { timeout },
  async (way, { skip }) => {
    if (isLeftOut(way)) skip();
    await using scene = await openScene(way);
    const first = scene.start("first");
    await first.printed(STARTED);
    const second = scene.start("second");
    await second.printed(WAITS);
    first.kill("SIGKILL");
    await first.ended;
    await letLeaseEnd(scene);
    await within(RETRY_MS_MAX, second.printed(STARTED));
    await second.printed(/"msg":"run succeeded"/);
    await expectStopped(second);
    expect(await scene.writers()).toEqual(["first", "second"]);
    await scene.expectWhole();
  },
);

test.concurrent.for(WAYS)(
  "asleep in the middle of a page: the other takes over, and who wakes writes nothing and waits, %s",
  { timeout },
  async (way, { skip }) => {
    if (isLeftOut(way)) skip();
    await using scene = await openScene(way);
    const first = scene.start("first");
    await first.printed(STARTED);
    const second = scene.start("second");
    await second.printed(WAITS);
    await fallAsleepInPage(scene, first);
    await letTransactionEnd(scene, "first");
    await letLeaseEnd(scene);
    await within(RETRY_MS_MAX, second.printed(STARTED));
    first.kill("SIGCONT");
    await first.printed(WAITS);
    expect(first.output()).toMatch(/"status":"failed".*another process took over the account/);
    expect(await scene.writers()).toEqual(["first", "second"]);
    await expectStopped(second);
    const isBack = async () => (await scene.writers()).at(-1) === "first";
    await vi.waitUntil(isBack, { timeout: TAKEOVER_MS_MAX, interval: 500 });
    await expectStopped(first);
    expect(await scene.writers()).toEqual(["first", "second", "first"]);
    const ends = "select status from apify.sync_runs where status not in ('succeeded', 'interrupted')";
    expect(await query(scene.url, ends)).toEqual([{ status: "abandoned" }]);
    await scene.expectWhole();
  },
);

interface Scene extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Of the database itself, whatever the services go through. */
  readonly url: string;
  start(name: string): RunningProgram;
  /** Who wrote, in turn. */
  writers(): Promise<string[]>;
  /** The mirror equals the account, and all runs tell the truth. */
  expectWhole(): Promise<void>;
}

async function openScene(way: Way): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  await installLedger(url);
  const through = way !== "directly" ? stack.use(await startPgBouncer(url)).url : url;
  const sandbox = stack.use(await startSandbox({ datasets: 300, latency: 20 }));
  const env = {
    ...{ APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, HTTP_PORT: "0", PAGE_SIZE: "60" },
    ...{ MAX_REQUESTS_PER_SECOND: "1000", SYNC_CRON: "*/2 * * * * *", FULL_SYNC_CRON: "*/4 * * * * *" },
    ...{ REMOVAL_GRACE: "0s", LOG_LEVEL: "debug", LOG_FORMAT: "json" },
  };
  const urlOf = (name: string) => {
    const named = new URL(through);
    named.searchParams.set("application_name", name);
    return named.href;
  };
  const programs: RunningProgram[] = [];
  stack.defer(async () => {
    for (const program of programs) program.kill("SIGKILL");
    await Promise.all(programs.map(({ ended }) => ended));
  });
  // Whatever hangs: no service outlives this process.
  process.once("exit", () => programs.forEach((program) => program.kill("SIGKILL")));
  const owned = stack.move();
  return {
    ...{ sandbox, url },
    start(name) {
      const program = startProgram(["start"], { ...env, DATABASE_URL: urlOf(name) });
      programs.push(program);
      return program;
    },
    async writers() {
      const rows = await query<{ app: string }>(url, TURNS);
      return rows.map(({ app }) => app);
    },
    async expectWhole() {
      await expectRunsTruthful({ url });
      await expectCountersTrue((text, values) => query(url, text, values));
      const { code, stdout, stderr } = await runProgram(["sync", "--full"], {
        ...env,
        DATABASE_URL: urlOf("last"),
      });
      expect(code, stdout + stderr).toBe(0);
      await expectEqual({ url, sandbox });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The test's own connections have no name. */
const TURNS = `
  select app from (select nr, app, lag(app) over (order by nr) as before
    from ledger.entries where app <> '') entries
  where app is distinct from before order by nr`;

/** Stops the process while it holds the lock of the lease, in a transaction of which half is written. */
async function fallAsleepInPage({ url, sandbox }: Scene, program: RunningProgram): Promise<void> {
  const obstacle = new Client({ connectionString: url });
  await obstacle.connect();
  try {
    await obstacle.query("begin; lock table apify.datasets in exclusive mode");
    sandbox.account.create(5);
    const isBlocking = async () => (await query(url, BLOCKED_BY, [await pidOf(obstacle)])).length > 0;
    await vi.waitUntil(isBlocking, { timeout: TAKEOVER_MS_MAX, interval: 50 });
    program.kill("SIGSTOP");
    await obstacle.query("rollback");
  } finally {
    await obstacle.end();
  }
}

/** As the server does when a transaction has been idle for 20 s: settings.test.ts. */
async function letTransactionEnd({ url }: Scene, name: string): Promise<void> {
  if (isReal) return;
  const end = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = $1 and state = 'idle in transaction'`;
  await vi.waitUntil(async () => (await query(url, end, [name])).length > 0, {
    timeout: TAKEOVER_MS_MAX,
    interval: 50,
  });
}

/** Waits for whatever still holds the lock of the lease. */
async function letLeaseEnd({ url }: Scene): Promise<void> {
  if (isReal) return;
  await query(url, "update apify.sources set lease_expires_at = clock_timestamp() - interval '1 ms'");
}

const BLOCKED_BY = "select 1 from pg_stat_activity where $1::int = any(pg_blocking_pids(pid))";

async function pidOf(client: Client): Promise<unknown> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid;
}

/** A graceful stop gives the lease back. */
async function expectStopped(program: RunningProgram): Promise<void> {
  program.kill("SIGTERM");
  const { code, stdout, stderr } = await program.ended;
  expect(code, stdout + stderr).toBe(0);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
