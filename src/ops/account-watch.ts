import type { Clock } from "../core/clock.ts";
import { OperatorError, messageOf } from "../core/errors.ts";
import type { Database } from "../mirror/database.ts";
import { newerSchema, schemaState } from "../mirror/migrate.ts";
import { readRejected } from "../mirror/insight/rejected-counts.ts";
import type { RejectedCounts } from "../mirror/insight/rejected-counts.ts";
import { readStatus } from "../mirror/status.ts";
import { VERSION } from "../version.ts";
import { cached } from "./cached.ts";
import { tellable } from "./described-error.ts";
import { RUNS_REPORTED, statusReport } from "./status-report.ts";
import type { StatusReport } from "./status-report.ts";

export interface WatchOptions {
  readonly database: Database;
  readonly source: string;
  /** This process as the lease names it. */
  readonly holder: string;
  /** Milliseconds without success after which the account is stale. */
  readonly staleMs: number;
  /** Milliseconds without a proven full pass after which the mirror counts as unproven. */
  readonly unprovenMs: number;
  readonly isEmbedded: boolean;
  readonly clock: Clock;
}

/** What an operator's eyes see of the account at a moment. */
export type Observation = Known | Unknown;

export interface Known {
  readonly known: true;
  readonly report: StatusReport;
  readonly rejected: RejectedCounts;
}

/** The database is away, or its schema is not this program's. */
export interface Unknown {
  readonly known: false;
  readonly reason: string;
  readonly hint: string | null;
}

export interface AccountWatch {
  readonly options: WatchOptions;
  /** Never throws. Cached for a second or two and shared by all callers. */
  observe(): Promise<Observation>;
}

const KEEP_MS = 1000;
const WAIT_MS = 5000;

/** One reading of the account for health, metrics and status page together. */
export function watchAccount(options: WatchOptions): AccountWatch {
  const read = cached({
    what: "read the status",
    read: () => readAccount(options),
    clock: options.clock,
    keepMs: KEEP_MS,
    waitMs: WAIT_MS,
  });
  return { options, observe: () => read().catch(unknown) };
}

async function readAccount(options: WatchOptions): Promise<Known> {
  const { database, source, staleMs, isEmbedded: embedded, clock } = options;
  await checkSchema(database);
  const status = await readStatus(database.db, source, RUNS_REPORTED);
  const rejected = await readRejected(database.db, source);
  const now = clock.now();
  return {
    known: true,
    report: statusReport(status, { version: VERSION, source, embedded, staleMs, now }),
    rejected,
  };
}

async function checkSchema({ db }: Database): Promise<void> {
  const state = await schemaState(db);
  if (state === "current") return;
  if (state === "newer") throw newerSchema();
  throw new OperatorError(
    state === "absent"
      ? "the database has no schema apify yet"
      : "the schema apify is older than this program",
    { hint: "Run `dataset-mirror migrate`, or start the service, which does it before its first run." },
  );
}

function unknown(error: unknown): Unknown {
  const hint = error instanceof OperatorError ? (error.hint ?? null) : null;
  return { known: false, reason: tellable(messageOf(error)), hint };
}
