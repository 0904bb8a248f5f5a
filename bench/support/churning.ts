/** An account that churns, and its mirror, in simulated time: a minute costs as long as its requests take. */
import { pino } from "pino";

import { thisHost, toConfig } from "../../src/config.ts";
import { seededRandom } from "../../src/core/random.ts";
import { openStore, runContext } from "../../src/daemon.ts";
import type { Item } from "../../src/apify/contract.ts";
import type { Random } from "../../src/core/clock.ts";
import type { Kind } from "../../src/mirror/begin-run.ts";
import type { LivingAccount } from "../../src/sandbox/account.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { SILENT } from "../../src/sync/observer.ts";
import { runOnce } from "../../src/sync/run.ts";
import type { RunReport } from "../../src/sync/run-report.ts";
import { databaseClockOf } from "../../test/support/database-clock.ts";
import { createFakeClock } from "../../test/support/fake-clock.ts";

const MINUTE_MS = 60_000;
const SEED = 20_261_125;
const CREATED_A_MINUTE = 99;
const DELETION_EVERY_MINUTES = 2;
/** Every half hour somebody deletes so many datasets, scattered over a part of the list. */
const CLEANED_EVERY_MINUTES = 30;
const CLEANED_SHARE = 0.05;
const CLEANED = 400;

export interface ChurningAccount extends AsyncDisposable {
  /** Requests that the mirror has sent. */
  requests(): number;
  /** A minute of churn; returns the ids that left the list. */
  live(minute: number): Promise<string[]>;
  run(kind: Kind): Promise<RunReport>;
  /** Those of `ids` that have left the live list. */
  leftOf(ids: readonly string[]): Promise<string[]>;
}

/** An account of `datasets` that is mirrored, and old enough for every absence to be told. */
export async function openChurning(
  database: string,
  datasets: number,
  env: Readonly<Record<string, string>>,
): Promise<ChurningAccount> {
  await using stack = new AsyncDisposableStack();
  const clock = createFakeClock();
  const sandbox = stack.use(await startSandbox({ clock, datasets, seed: SEED }));
  const { account } = sandbox;
  const access = { APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, DATABASE_URL: database };
  const config = toConfig({ ...access, ...env }, { token: true }, thisHost());
  const { signal } = new AbortController();
  const log = pino({ level: "silent" });
  const random = seededRandom(SEED);
  const around = { clock, random, log, host: process, signal };
  const store = stack.use(await openStore(config, around));
  const context = runContext(config, store, around, SILENT, { now: databaseClockOf(clock) });
  const run = async (kind: Kind) => {
    const report = await runOnce(
      context,
      {
        ...{ kind, trigger: "manual", acceptRemovals: false, preempt: true },
        ...{ resumeMsMax: Infinity, within: null, keepLease: false },
      },
      signal,
    );
    if ("heldBy" in report || report.outcome.status !== "succeeded")
      throw new Error(
        `a run did not succeed: ${JSON.stringify("heldBy" in report ? report : report.outcome)}`,
      );
    return report;
  };
  await run("full");
  await clock.advance(config.sync.lookbackMs + MINUTE_MS);
  await run("incremental");
  let sent = 0;
  const owned = stack.move();
  return {
    run,
    requests: () => {
      sent += sandbox.requests.splice(0).length;
      return sent;
    },
    live: async (minute) => {
      await clock.advance(MINUTE_MS);
      account.create(CREATED_A_MINUTE);
      const gone = account.expireOldest(CREATED_A_MINUTE);
      if (minute % DELETION_EVERY_MINUTES === 0) gone.push(...account.deleteRandom(1));
      if (minute % CLEANED_EVERY_MINUTES === 0) gone.push(...cleanUp(account, random));
      return gone;
    },
    leftOf: async (ids) => {
      const { rows } = await store.database.pool.query<{ id: string }>(
        "select id from apify.datasets where id = any($1) and missing_since is not null",
        [ids],
      );
      return rows.map(({ id }) => id);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Deletes datasets that lie scattered over a twentieth of the list, as the runs of one Actor in some hours do. */
function cleanUp(account: LivingAccount, random: Random): string[] {
  const span = Math.floor(account.size * CLEANED_SHARE);
  const from = Math.floor(random() * (account.size - span));
  const places = Array.from({ length: CLEANED }, () => from + Math.floor(random() * span));
  const ids = [...new Set(places)].map((offset) => {
    const { items } = account.list({ offset, limit: 1, unnamed: true });
    const [item]: [Pick<Item, "id">] = JSON.parse(`[${items.toString()}]`);
    return item.id;
  });
  for (const id of ids) account.delete(id);
  return ids;
}
