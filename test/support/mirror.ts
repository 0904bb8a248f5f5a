import type { Item } from "../../src/apify/contract.ts";
import type { Coverage } from "../../src/core/coverage.ts";
import { beginRun } from "../../src/mirror/begin-run.ts";
import type { Run, RunRequest } from "../../src/mirror/begin-run.ts";
import { commitPage } from "../../src/mirror/commit-page.ts";
import type { PageCommit, Progress } from "../../src/mirror/page-commit.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import type { Database } from "../../src/mirror/database.ts";
import { endRun } from "../../src/mirror/end-run.ts";
import type { Ending, Outcome, RemovalRule } from "../../src/mirror/end-run.ts";
import { toRow } from "../../src/mirror/row.ts";
import type { Row } from "../../src/mirror/row.ts";
import { createTestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** The first moment of these tests; the others are told in minutes from it. */
export const DAWN = Date.UTC(2026, 0, 1);
export const minute = (count: number) => DAWN + count * 60_000;

export const SOURCE = "account";
export const SCOPE = { baseUrl: "https://api.apify.com/", unnamed: true, ownership: null };

export interface TestMirror extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly db: Database["db"];
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Begins a run that holds the lease; throws when it does not get it. */
  begin(request?: Partial<RunRequest>): Promise<Run>;
  commit(run: Run, page?: Partial<PageCommit>): Promise<Progress>;
  end(run: Run, ending?: Partial<Ending>, rule?: Partial<RemovalRule>): Promise<Outcome>;
}

export async function openMirror(): Promise<TestMirror> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const database = stack.use(openDatabase(url));
  const { db } = database;
  const owned = stack.move();
  return {
    ...{ url, database, db },
    sql: (text, values) => query(url, text, values),
    async begin(request) {
      const run = await beginRun(db, requestOf(request));
      if ("heldBy" in run) throw new Error(`held by ${run.heldBy}`);
      return run;
    },
    commit: (run, page) => commitPage(db, run, pageOf(page)),
    end: (run, ending, rule) => endRun(db, run, endingOf(ending, rule)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function requestOf(request: Partial<RunRequest> = {}): RunRequest {
  return {
    source: SOURCE,
    scope: SCOPE,
    choose: () => "full",
    trigger: "manual",
    holder: "this process",
    preempt: false,
    now: DAWN,
    ...request,
  };
}

/** A dataset that was created `at` minutes after dawn. */
export function dataset(id: string, at: number, more: Partial<Item> = {}): Row {
  const item: Item = { id, createdAt: new Date(minute(at)).toISOString(), itemCount: 1, ...more };
  return toRow(item, minute(at));
}

export const WHOLE: Coverage = { from: null, before: null, alsoSeen: [] };
const NO_TRAFFIC = { requests: 1, throttled: 0, throttledMs: 0, retried: 0, realigned: 0 };

export function pageOf(page: Partial<PageCommit> = {}): PageCommit {
  const rows = page.rows ?? [];
  const last = rows.at(-1);
  return {
    pagesBefore: 0,
    rows,
    rejected: [],
    rejectedIds: [],
    count: rows.length + (page.rejected?.length ?? 0),
    pages: 1,
    coverages: [WHOLE],
    cursor: { offset: rows.length, anchor: last ? { id: last.id, createdAt: last.createdAt } : null },
    overlap: 2,
    provesAbsence: true,
    total: rows.length,
    offsetFrom: 0,
    offsetTo: rows.length,
    traffic: NO_TRAFFIC,
    now: DAWN,
    ...page,
  };
}

function endingOf(ending: Partial<Ending> = {}, rule: Partial<RemovalRule> = {}): Ending {
  return {
    status: "succeeded",
    error: null,
    pages: 0,
    complete: true,
    passEnd: {
      incremental: { offset: 0, anchor: null },
      rule: { graceMs: 0, brake: 0.5, accept: false, ...rule },
    },
    traffic: NO_TRAFFIC,
    keepLease: false,
    now: DAWN,
    ...ending,
  };
}

/** A whole full pass at a minute: begins, commits one page that covers the list, ends. */
export async function fullPass(
  mirror: TestMirror,
  at: number,
  rows: readonly Row[],
  rule: Partial<RemovalRule> = {},
): Promise<{ run: Run; progress: Progress; outcome: Outcome }> {
  const now = minute(at);
  const run = await mirror.begin({ now });
  const progress = await mirror.commit(run, { rows, now });
  return { run, progress, outcome: await mirror.end(run, { now }, rule) };
}
