import { sql } from "drizzle-orm";

import type { Item } from "../../src/apify/contract.ts";
import type { Coverage } from "../../src/core/coverage.ts";
import type { Batch, Progress } from "../../src/mirror/batch.ts";
import { beginRun } from "../../src/mirror/begin-run.ts";
import type { AbsenceRule, Run, RunRequest } from "../../src/mirror/begin-run.ts";
import { BrakeError } from "../../src/mirror/brake.ts";
import { commitBatch } from "../../src/mirror/commit-batch.ts";
import type { DatabaseClock } from "../../src/mirror/database-clock.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import type { Database } from "../../src/mirror/database.ts";
import { endRun } from "../../src/mirror/end-run.ts";
import type { Ending, Outcome } from "../../src/mirror/end-run.ts";
import { toRow } from "../../src/mirror/row.ts";
import type { Row } from "../../src/mirror/row.ts";
import { createTestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** The first moment of these tests; the others are given in minutes from it. */
export const DAWN = Date.UTC(2026, 0, 1);
export const minute = (count: number) => DAWN + count * 60_000;
export const minuteText = (count: number) => new Date(minute(count)).toISOString();

export const SOURCE = "account";
export const SCOPE = { baseUrl: "https://api.apify.com/", unnamed: true, ownership: null };

export interface TestMirror extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly db: Database["db"];
  /** What the database's clock tells, milliseconds since the epoch. */
  now: number;
  readonly clock: DatabaseClock;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Begins a run that holds the lease; throws when it does not get it. */
  begin(request?: Partial<RunRequest>): Promise<Run>;
  commit(run: Run, batch?: Partial<Batch>): Promise<Progress>;
  end(run: Run, ending?: Partial<Ending>): Promise<Outcome>;
}

export async function openMirror(): Promise<TestMirror> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(openDatabase(url));
  const { db } = database;
  const owned = stack.move();
  const mirror: TestMirror = {
    ...{ url, database, db },
    now: DAWN,
    clock: () => sql`to_timestamp(${mirror.now}::float8 / 1000)`,
    sql: (text, values) => query(url, text, values),
    async begin(request) {
      const run = await beginRun(db, mirror.clock, requestOf(request));
      if ("heldBy" in run) throw new Error(`held by ${run.heldBy}`);
      return run;
    },
    commit: (run, batch) => commitBatch(db, run, batchOf(batch)),
    end: (run, ending) => endRun(db, run, endingOf(run, ending)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return mirror;
}

const RULE: AbsenceRule = { graceMs: 0, brake: { share: 0.5, accept: false } };

export function requestOf(request: Partial<RunRequest> = {}): RunRequest {
  return {
    source: SOURCE,
    scope: SCOPE,
    kind: "full",
    resumeMsMax: 3_600_000,
    trigger: "manual",
    holder: "this process",
    preempt: false,
    within: null,
    rule: RULE,
    ...request,
  };
}

/** A dataset that was created `at` minutes after dawn. */
export function dataset(id: string, at: number, more: Partial<Item> = {}): Row {
  const item: Item = { id, createdAt: new Date(minute(at)).toISOString(), itemCount: 1, ...more };
  return toRow(item, minute(at));
}

export const WHOLE: Coverage = { ranges: [{ from: null, before: null }], alsoSeen: [], gaps: 0 };
export const NO_TRAFFIC = { requests: 1, throttled: 0, throttledMs: 0, retried: 0, realigned: 0 };

export function batchOf(batch: Partial<Batch> = {}): Batch {
  const rows = batch.rows ?? [];
  const last = rows.at(-1);
  const anchor = last ? { id: last.id, createdAt: last.createdAt } : null;
  return {
    pagesBefore: 0,
    pages: 1,
    rows,
    rejected: [],
    alsoListed: [],
    count: rows.length + (batch.rejected?.length ?? 0),
    coverages: [WHOLE],
    settledBefore: Infinity,
    resume: { cursor: { offset: rows.length, anchor }, overlap: 2, rejected: 0 },
    total: rows.length,
    offsetFrom: 0,
    offsetTo: rows.length,
    reconciled: 0,
    traffic: NO_TRAFFIC,
    ...batch,
  };
}

function endingOf(run: Run, ending: Partial<Ending> = {}): Ending {
  return {
    status: "succeeded",
    error: null,
    pages: 0,
    complete: true,
    passEnd: run.pass === null ? null : { cursor: { offset: 0, anchor: null }, rejected: 0 },
    reconcile: null,
    traffic: NO_TRAFFIC,
    keepLease: false,
    ...ending,
  };
}

/** A rule that differs from the tests' own. */
export function ruleOf({ graceMs = 0, share = 0.5, accept = false }): AbsenceRule {
  return { graceMs, brake: { share, accept } };
}

export interface FullPass {
  readonly run: Run;
  /** Null if the brake held the page back. */
  readonly progress: Progress | null;
  readonly outcome: Outcome;
}

/** A whole full pass at a minute: begins, commits one page that covers the list, ends. */
export async function fullPass(
  mirror: TestMirror,
  at: number,
  rows: readonly Row[],
  rule: Parameters<typeof ruleOf>[0] = {},
): Promise<FullPass> {
  mirror.now = minute(at);
  const run = await mirror.begin({ rule: ruleOf(rule) });
  try {
    const progress = await mirror.commit(run, { rows });
    return { run, progress, outcome: await mirror.end(run) };
  } catch (error) {
    if (!(error instanceof BrakeError)) throw error;
    const ending = {
      status: "suspicious",
      error: `${error.message}. ${error.hint}`,
      complete: false,
    } as const;
    return { run, progress: null, outcome: await mirror.end(run, { ...ending, passEnd: null }) };
  }
}
