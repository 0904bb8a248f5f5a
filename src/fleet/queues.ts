/** The queues of a fleet: pg-boss in a schema of its own, on the connections and under the settings of the mirror. */
import { PgBoss } from "pg-boss";
import type { Db as BossDatabase } from "pg-boss";

import type { Kind } from "../mirror/begin-run.ts";
import { withClient } from "../mirror/database.ts";
import type { Db } from "../mirror/database.ts";
import { prepareSchema } from "../mirror/migrate.ts";
import { BEGIN } from "../mirror/settings.ts";
import type { Lane } from "./due.ts";

/** A pass of an account that is due. */
export interface Job {
  readonly source: string;
  readonly kind: Kind;
  /** Whether it runs though no tick asks for it: the pass before it has found that it is needed. */
  readonly isNeeded: boolean;
}

export interface DueJob extends Job {
  /** When it came due, milliseconds since the epoch: the earliest goes first. */
  readonly at: number;
}

export interface Queues extends AsyncDisposable {
  /** Queues passes; one that is queued already is not queued twice. `delayMs`: nobody takes it before. */
  send(lane: Lane, jobs: readonly DueJob[], delayMs?: number): Promise<void>;
  /** Has `work` done, one job at a time, for as long as this process lives. */
  work(lane: Lane, work: (job: Job) => Promise<void>): Promise<void>;
  /** Has `work` done by one process at a time; another one takes over when this one ends it or dies. */
  elect(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** So that there is somebody to elect. */
  nominate(): Promise<void>;
  /** Takes no more jobs, and waits a little for those at work. */
  [Symbol.asyncDispose](): Promise<void>;
}

const SCHEMA = "apify_fleet";
const ELECTION = "find";
/**
 * Seconds without a sign of life after which a process counts as dead, the least that pg-boss takes, and how often that is
 * looked for. Until then nobody else finds what is due. Who is slow rather than dead does no harm.
 */
const HEARTBEAT_S = 10;
const SUPERVISE_S = 2;
/** A job is done within a turn, which is a fraction of this. */
const JOB_S_MAX = 600;
const DAY_S = 86_400;
const KEPT_S = 600;
/** How often a free slot asks for work. */
const POLL_S = 0.5;
/** pg-boss's priorities are 32-bit numbers: seconds that are left until this moment, 2090-01-01. */
const LATEST_S = 3_786_912_000;
const PRIORITY_MAX = 2 ** 31 - 1;

/** Opens the queues, and makes them if they are not there. `onError` is told what goes wrong later. */
export async function openQueues(db: Db, onError: (error: unknown) => void): Promise<Queues> {
  await prepareSchema(db, SCHEMA, "version");
  const boss = new PgBoss({
    ...{ db: pinned(db), schema: SCHEMA, createSchema: false, schedule: false, registerInstance: false },
    ...{ superviseIntervalSeconds: SUPERVISE_S, monitorIntervalSeconds: SUPERVISE_S },
    ...{ maintenanceIntervalSeconds: KEPT_S / 2, reindex: false, monitorVacuum: false },
    openTelemetry: { enabled: false },
  });
  boss.on("error", onError);
  await boss.start();
  await ensureQueues(boss);
  return {
    async send(lane, jobs, delayMs = 0) {
      if (jobs.length === 0) return;
      const startAfter = delayMs / 1000;
      await boss.insert(
        lane,
        jobs.map(({ source, kind, isNeeded, at }) => ({
          ...{
            data: { source, kind, isNeeded },
            singletonKey: `${kind} ${source}`,
            priority: priorityOf(at),
          },
          ...(startAfter > 0 && { startAfter }),
        })),
      );
    },
    async work(lane, work) {
      let id = "";
      id = await boss.work<Job>(lane, { pollingIntervalSeconds: POLL_S }, async ([job]) => {
        if (job !== undefined) await work(job.data);
        // There may be more: the next is asked for at once.
        boss.notifyWorker(id);
      });
    },
    async elect(work) {
      await boss.work(ELECTION, { pollingIntervalSeconds: POLL_S }, async ([job]) => {
        if (job !== undefined) await work(job.signal);
      });
    },
    async nominate() {
      await boss.send(ELECTION);
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: true, close: false, timeout: 8000 }),
  };
}

async function ensureQueues(boss: PgBoss): Promise<void> {
  // What is lost is found due again, so nothing is tried twice here.
  const common = { retryLimit: 0, heartbeatSeconds: HEARTBEAT_S, deleteAfterSeconds: KEPT_S };
  const runs = { ...common, policy: "stately", expireInSeconds: JOB_S_MAX, retentionSeconds: DAY_S };
  await boss.createQueue("quick", runs);
  await boss.createQueue("slow", runs);
  await boss.createQueue(ELECTION, { ...common, policy: "exclusive", expireInSeconds: DAY_S });
}

function priorityOf(at: number): number {
  return Math.min(PRIORITY_MAX, Math.max(0, Math.floor(LATEST_S - at / 1000)));
}

/** Every statement of pg-boss in a transaction with the settings that hold for the mirror's own. */
function pinned(db: Db): BossDatabase {
  return {
    async executeSql(text, values) {
      const [, rest] = /^\s*begin\s*;(.*)$/is.exec(text) ?? [];
      if (rest === undefined) return db.$client.query(text, values);
      // Several statements that bring their own begin and commit.
      return withClient(db.$client, async (client) => {
        await client.query(BEGIN);
        return client.query(rest);
      });
    },
  };
}
