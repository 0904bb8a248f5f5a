import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { PagesLostError } from "./batch.ts";
import type { Batch, Progress, Written } from "./batch.ts";
import type { Run } from "./begin-run.ts";
import type { BrakeState } from "./brake.ts";
import { isoText, timeOf } from "./database-clock.ts";
import type { Executor } from "./database.ts";
import { LEASE_END, LeaseLostError } from "./lease.ts";

/**
 * Of this transaction only: a session's settings would not live behind a pooler. No page waits for the disk: the end
 * of the run does, for all of them, and a crash of the server takes cursor and rows back together.
 */
const SETTINGS = sql`concat(set_config('statement_timeout', '120s', true), set_config('jit', 'off', true),
  set_config('synchronous_commit', 'off', true))`;

const PROGRESS = sql`r.pages::float8, r.count::float8, r.inserted::float8, r.updated::float8, r.unchanged::float8,
  r.missing::float8, r.removed::float8, r.rejected::float8, r.reconciled::float8, ${SETTINGS} as settings`;

type ProgressRow = { [key in keyof Progress]: number } & { settings: unknown };

/** The account as a transaction found it that holds its lock. */
export interface Locked {
  /** Time of this commit, as text: later than that of every commit of the account before. */
  readonly at: string;
  readonly liveRows: number;
  readonly brake: BrakeState;
}

/**
 * Checks the fence and locks the lease: a process that takes over waits until this transaction is over. Throws LeaseLostError
 * or PagesLostError; returns the run's progress if the batch is committed already and only the answer was lost.
 */
export async function lockAccount(
  tx: Executor,
  run: Run,
  pagesBefore: number,
): Promise<{ readonly committed: Progress } | Locked> {
  const { rows } = await tx.execute<ProgressRow & LockedRow>(sql`
    select ${PROGRESS}, ${isoText(sql`greatest(${run.clock()}, s.last_written_at + interval '1 microsecond')`)} as at,
      s.live_rows::float8, coalesce(s.brake_live_rows, s.live_rows)::float8 as brake_live,
      s.brake_missing_rows::float8 as brake_missing
    from apify.sources s join apify.sync_runs r on ${isHeld(run)} and ${IN_TIME} for update`);
  const row = rows[0];
  if (row === undefined) throw new LeaseLostError(run.lease.source);
  const { at, live_rows: liveRows, brake_live: live, brake_missing: missing, ...progress } = row;
  if (progress.pages < pagesBefore) throw new PagesLostError(pagesBefore - progress.pages);
  if (progress.pages > pagesBefore) return { committed: progressOf(progress) };
  return { at, liveRows, brake: { live, missing } };
}

type LockedRow = {
  at: string;
  live_rows: number;
  brake_live: number;
  brake_missing: number;
};

/**
 * Moves the cursor, counts the batch and prolongs the lease, whose heartbeat may have had to wait for it. Returns null,
 * and does nothing, if the lease is lost or the run is not where the batch follows. `writtenAt`: time of this commit, if
 * it wrote rows: its transaction has checked the fence, so nobody can have taken the lease, however long it took.
 */
export async function addProgress(
  db: Executor,
  run: Run,
  batch: Batch,
  written: Written,
  writtenAt: string | null,
): Promise<Progress | null> {
  const { traffic } = batch;
  const inTime = writtenAt === null ? IN_TIME : sql`true`;
  const moved = sql.join(
    [sql`lease_expires_at = ${LEASE_END}`, ...resumeSets(run, batch), ...rowSets(written, writtenAt)],
    sql`, `,
  );
  const { rows } = await db.execute<ProgressRow>(sql`
    with moved as (
      update apify.sources s set ${moved}
      from apify.sync_runs r
      where ${isHeld(run)} and ${inTime} and r.pages = ${batch.pagesBefore}
      returning r.id
    )
    update apify.sync_runs r set
      pages = pages + ${batch.pages}, count = count + ${batch.count}, total = coalesce(${batch.total}, total),
      requests = ${traffic.requests}, throttled = ${traffic.throttled}, throttled_ms = ${traffic.throttledMs},
      retried = ${traffic.retried}, realigned = ${traffic.realigned}, inserted = inserted + ${written.inserted},
      updated = updated + ${written.updated}, unchanged = unchanged + ${written.unchanged},
      missing = missing + ${written.missing}, removed = removed + ${written.removed},
      rejected = rejected + ${batch.rejected.length}, reconciled = reconciled + ${batch.reconciled},
      offset_from = coalesce(offset_from, ${batch.offsetFrom}), offset_to = greatest(offset_to, ${batch.offsetTo})
    -- Compared twice: where the statement waits for another one, only the row that it waits for is looked at again.
    from moved where r.id = moved.id and r.pages = ${batch.pagesBefore}
    returning ${PROGRESS}`);
  return rows[0] === undefined ? null : progressOf(rows[0]);
}

function progressOf({ settings: _settings, ...progress }: ProgressRow): Progress {
  return progress;
}

/** The join of the account's row `s` with the run's row `r`, empty once another process has the lease. */
function isHeld({ id, lease: { source, fence } }: Run): SQL {
  return sql`s.name = ${source} and s.lease_fence = ${fence} and r.id = ${id} and r.status = 'running'`;
}

const IN_TIME = sql`s.lease_expires_at > clock_timestamp()`;

function resumeSets(run: Run, { resume, total, pagesBefore }: Batch): SQL[] {
  const sets = total === null ? [] : [sql`remote_total = ${total}`];
  if (resume === null) return sets;
  const { cursor, overlap, rejected } = resume;
  const id = cursor.anchor?.id ?? null;
  const createdAt = cursor.anchor === null ? sql`null` : timeOf(cursor.anchor.createdAt);
  if (run.pass === null) {
    return [
      ...sets,
      sql`incremental_offset = ${cursor.offset}, incremental_anchor_id = ${id}, incremental_anchor_created_at = ${createdAt},
        incremental_overlap = ${overlap}, incremental_rejected = ${rejected}`,
    ];
  }
  const pass = sql`full_pass = ${run.pass.id}, full_pass_started_at = ${timeOf(run.pass.startedAt)},
    full_offset = ${cursor.offset}, full_anchor_id = ${id}, full_anchor_created_at = ${createdAt}, full_rejected = ${rejected}`;
  const isNewScope = run.adoptsScope && pagesBefore === 0;
  return isNewScope ? [...sets, pass, adoptedScope(run)] : [...sets, pass];
}

/** Another scope is another list: what was kept of the old one is dropped when the new one has answered. */
function adoptedScope({ scope: { baseUrl, unnamed, ownership }, state }: Run): SQL {
  return sql`base_url = ${baseUrl}, unnamed = ${unnamed}, ownership = ${ownership}, incremental_offset = 0,
    incremental_anchor_id = null, incremental_anchor_created_at = null, incremental_rejected = 0,
    incremental_overlap = ${state.incremental.overlap}, last_full_pass_at = null, reconcile_hints = '{}',
    reconcile_remainder = 0`;
}

function rowSets({ inserted, returned, missing }: Written, writtenAt: string | null): SQL[] {
  if (writtenAt === null) return [];
  return [
    sql`last_written_at = ${writtenAt}::timestamptz, live_rows = live_rows + ${inserted + returned - missing},
      brake_missing_rows = greatest(0, brake_missing_rows + ${missing - returned})`,
  ];
}
