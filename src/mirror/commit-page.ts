import { sql } from "drizzle-orm";

import type { Coverage } from "../core/coverage.ts";
import type { Cursor } from "../core/cursor.ts";
import { OperatorError } from "../core/errors.ts";
import { markAbsent } from "./absence.ts";
import type { Run } from "./begin-run.ts";
import { copyIn } from "./copy.ts";
import { databaseFailure } from "./database-error.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor, Transaction } from "./database.ts";
import { LEASE_END, LeaseLostError } from "./lease.ts";
import { keepRejected } from "./rejected.ts";
import type { Rejected } from "./rejected.ts";
import type { Row } from "./row.ts";
import { readStored } from "./stored.ts";
import type { Bounds, Stored } from "./stored.ts";
import { upsert } from "./upsert.ts";
import type { Upserted } from "./upsert.ts";

/** One proven page and everything that becomes true with it. */
export interface PageCommit {
  /** Pages of this run that were committed before: tells a transaction that was committed although its answer was lost. */
  readonly pagesBefore: number;
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** Ids that are listed although their item was rejected: not absent. */
  readonly rejectedIds: readonly string[];
  /** Items on the page, rejected ones included. */
  readonly count: number;
  readonly coverage: Coverage | null;
  /** Where this run's walk stands after the page. */
  readonly cursor: Cursor;
  readonly overlap: number;
  /** A full pass goes on being able to tell what is absent. */
  readonly flawless: boolean;
  readonly total: number;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  readonly traffic: Traffic;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the run has asked of the server so far. */
export interface Traffic {
  readonly requests: number;
  readonly throttled: number;
  readonly throttledMs: number;
  readonly retried: number;
  readonly realigned: number;
}

/** What the run has done to the mirror so far. */
export interface Progress {
  readonly pages: number;
  readonly count: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly missing: number;
  readonly rejected: number;
}

/** What was committed is not there any more: the database came back, or is another one now, with an older state. */
export class PagesLostError extends OperatorError {
  override name = "PagesLostError";

  constructor(pages: number) {
    super(`the database has lost ${pages} committed pages of this run`, {
      hint: "A crash with synchronous_commit=off, or a replica that was behind, took over. The next run reads them again.",
    });
  }
}

/**
 * Rows, cursor and run counters of a page in one transaction, so the cursor is never ahead of the data. The first
 * statement checks the fence and locks the lease: whoever takes over waits until the page is in, or finds it not in.
 * Throws LeaseLostError when the run is not the holder's any more.
 */
export async function commitPage(db: Db, run: Run, page: PageCommit): Promise<Progress> {
  const rows = [...new Map(page.rows.map((row) => [row.id, row])).values()];
  const commit = (write: Write) => transact(db, (tx) => writePage(tx, run, page, rows, write));
  return inDatabase("write a page", async () => {
    try {
      return await commit(writeRows);
    } catch (error) {
      // A row that seemed new is stored elsewhere: it was removed and is back.
      if (databaseFailure("", error)?.code !== UNIQUE_VIOLATION) throw error;
      return commit(upsert);
    }
  });
}

const UNIQUE_VIOLATION = "23505";

async function writePage(
  tx: Transaction,
  run: Run,
  page: PageCommit,
  rows: readonly Row[],
  write: Write,
): Promise<Progress> {
  const progress = await checkFence(tx, run);
  if (progress.pages > page.pagesBefore) return progress;
  if (progress.pages < page.pagesBefore) throw new PagesLostError(page.pagesBefore - progress.pages);
  const { source } = run.lease;
  const stored = await readStored(tx, source, boundsOf(rows, page.coverage), 2 * rows.length + 100);
  const changed = rows.filter((row) => stored.hashes.get(row.id) !== row.contentHash);
  const { inserted, updated } = await write(tx, source, changed, page.now, stored);
  const missing = await findAbsent(tx, run, page, rows, stored);
  await keepRejected(tx, run.id, source, page.rejected);
  const unchanged = rows.length - inserted - updated;
  return addProgress(tx, run, page, { inserted, updated, unchanged, missing });
}

type Write = (
  tx: Transaction,
  source: string,
  changed: readonly Row[],
  nowMs: number,
  stored: Stored,
) => Promise<Upserted>;

/** Fewer rows are not worth a statement of their own. */
const COPIED_MIN = 50;

/** Copies what seems new, which is four times as fast, and upserts the rest. */
async function writeRows(...[tx, source, changed, nowMs, stored]: Parameters<Write>): Promise<Upserted> {
  const fresh = stored.isWhole ? changed.filter(({ id }) => !stored.hashes.has(id)) : [];
  if (fresh.length < COPIED_MIN) return upsert(tx, source, changed, nowMs);
  await copyIn(tx.$client, source, fresh, nowMs);
  const known = changed.filter(({ id }) => stored.hashes.has(id));
  const { inserted, updated } = await upsert(tx, source, known, nowMs);
  return { inserted: inserted + fresh.length, updated };
}

/**
 * Of this transaction only: a session's settings would not live behind a pooler. No page waits for the disk: the end
 * of the run does, for all of them, and a crash of the server takes cursor and rows back together.
 */
const SETTINGS = sql`set_config('statement_timeout', '120s', true), set_config('jit', 'off', true),
  set_config('synchronous_commit', 'off', true)`;

async function checkFence(tx: Executor, run: Run): Promise<Progress> {
  const { source, fence } = run.lease;
  const { rows } = await tx.execute<{ [key in keyof Progress]: number }>(sql`
    select r.pages::float8, r.count::float8, r.inserted::float8, r.updated::float8, r.unchanged::float8,
      r.missing::float8, r.rejected::float8, ${SETTINGS}
    from apify.sources s join apify.sync_runs r on r.id = ${run.id} and r.status = 'running'
    where s.name = ${source} and s.lease_fence = ${fence} and s.lease_expires_at > clock_timestamp()
    for update`);
  const progress = rows[0];
  if (progress === undefined) throw new LeaseLostError(source);
  return progress;
}

/** The page's own range, and the whole range in which it may prove absences: rejected items widen that one only. */
function boundsOf(rows: readonly Row[], coverage: Coverage | null): Bounds {
  let from = coverage?.from?.createdAt ?? Infinity;
  let to = coverage?.before ?? -Infinity;
  for (const row of rows) {
    from = Math.min(from, row.createdAt);
    to = Math.max(to, row.createdAt);
  }
  if (coverage?.from === null) from = -Infinity;
  if (coverage?.before === null) to = Infinity;
  if (from > to) return { from: 0, to: 0 };
  return { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
}

async function findAbsent(
  tx: Executor,
  { lease, pass }: Run,
  page: PageCommit,
  rows: readonly Row[],
  stored: Stored,
): Promise<number> {
  const { coverage, rejectedIds } = page;
  if (coverage === null || pass === null) return 0;
  const listed = rows.map((row) => row.id).concat(rejectedIds);
  const onPage = new Set(listed);
  // Nearly always all that is stored is on the page, and the statement that looks closer is saved.
  if (stored.isWhole && stored.ids.every((id) => onPage.has(id))) return 0;
  return markAbsent(tx, lease.source, coverage, listed, pass.id, page.now);
}

/** Cursor and counters, and the lease, whose heartbeat had to wait for the page. */
async function addProgress(
  tx: Executor,
  run: Run,
  page: PageCommit,
  done: Pick<Progress, "inserted" | "updated" | "unchanged" | "missing">,
): Promise<Progress> {
  const { traffic } = page;
  const { rows } = await tx.execute<{ [key in keyof Progress]: number }>(sql`
    with moved as (
      update apify.sources set remote_total = ${page.total}, lease_expires_at = ${LEASE_END}, ${cursorOf(run, page)}
      where name = ${run.lease.source}
    )
    update apify.sync_runs set
      pages = pages + 1, count = count + ${page.count}, total = ${page.total}, requests = ${traffic.requests},
      throttled = ${traffic.throttled}, throttled_ms = ${traffic.throttledMs}, retried = ${traffic.retried},
      realigned = ${traffic.realigned}, inserted = inserted + ${done.inserted}, updated = updated + ${done.updated},
      unchanged = unchanged + ${done.unchanged}, missing = missing + ${done.missing},
      rejected = rejected + ${page.rejected.length}, offset_from = ${page.offsetFrom}, offset_to = ${page.offsetTo}
    where id = ${run.id}
    returning pages::float8, count::float8, inserted::float8, updated::float8, unchanged::float8, missing::float8,
      rejected::float8`);
  const progress = rows[0];
  if (progress === undefined) throw new Error(`run ${run.id} has no row`);
  return progress;
}

function cursorOf({ kind }: Run, { cursor: { offset, anchor }, overlap, flawless }: PageCommit) {
  const id = anchor?.id ?? null;
  const createdAt = anchor === null ? sql`null` : sql`to_timestamp(${anchor.createdAt} / 1000.0)`;
  return kind === "incremental"
    ? sql`incremental_offset = ${offset}, incremental_anchor_id = ${id}, incremental_anchor_created_at = ${createdAt},
        incremental_overlap = ${overlap}`
    : sql`full_offset = ${offset}, full_anchor_id = ${id}, full_anchor_created_at = ${createdAt},
        full_pass_flawless = ${flawless}`;
}
