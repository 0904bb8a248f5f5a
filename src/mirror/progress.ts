import { sql } from "drizzle-orm";

import type { Run } from "./begin-run.ts";
import type { Executor } from "./database.ts";
import { LEASE_END, LeaseLostError } from "./lease.ts";
import { PagesLostError } from "./page-commit.ts";
import type { Done, PageCommit, Progress } from "./page-commit.ts";

/**
 * Of this transaction only: a session's settings would not live behind a pooler. No page waits for the disk: the end
 * of the run does, for all of them, and a crash of the server takes cursor and rows back together.
 */
const SETTINGS = sql`concat(set_config('statement_timeout', '120s', true), set_config('jit', 'off', true),
  set_config('synchronous_commit', 'off', true))`;

const PROGRESS = sql`r.pages::float8, r.count::float8, r.inserted::float8, r.updated::float8, r.unchanged::float8,
  r.missing::float8, r.rejected::float8, ${SETTINGS} as settings`;

type ProgressRow = { [key in keyof Progress]: number } & { settings: unknown };

/**
 * Checks the fence and locks the lease: whoever takes over waits until this transaction is over. Throws LeaseLostError
 * or PagesLostError; returns the run's progress if the page is committed already and only the answer was lost.
 */
export async function checkFence(tx: Executor, run: Run, pagesBefore: number): Promise<Progress | null> {
  const { rows } = await tx.execute<ProgressRow>(sql`
    select ${PROGRESS} from apify.sources s join apify.sync_runs r on ${isHeld(run)} and ${IN_TIME} for update`);
  const progress = progressOf(rows[0]);
  if (progress === null) throw new LeaseLostError(run.lease.source);
  if (progress.pages < pagesBefore) throw new PagesLostError(pagesBefore - progress.pages);
  return progress.pages > pagesBefore ? progress : null;
}

/**
 * Moves the cursor, counts the page and prolongs the lease, whose heartbeat may have had to wait for the page. Returns
 * null, and does nothing, if the lease is lost or the run is not where the page follows. `isLocked`: this transaction
 * has checked the fence, so nobody can have taken the lease, however long the page took.
 */
export async function addProgress(
  db: Executor,
  run: Run,
  page: PageCommit,
  done: Done,
  isLocked: boolean,
): Promise<Progress | null> {
  const { traffic } = page;
  const inTime = isLocked ? sql`true` : IN_TIME;
  const { rows } = await db.execute<ProgressRow>(sql`
    with moved as (
      update apify.sources s set remote_total = ${page.total}, lease_expires_at = ${LEASE_END}, ${cursorOf(run, page)}
      from apify.sync_runs r
      where ${isHeld(run)} and ${inTime} and r.pages = ${page.pagesBefore}
      returning r.id
    )
    update apify.sync_runs r set
      pages = pages + ${page.pages}, count = count + ${page.count}, total = ${page.total}, requests = ${traffic.requests},
      throttled = ${traffic.throttled}, throttled_ms = ${traffic.throttledMs}, retried = ${traffic.retried},
      realigned = ${traffic.realigned}, inserted = inserted + ${done.inserted}, updated = updated + ${done.updated},
      unchanged = unchanged + ${done.unchanged}, missing = missing + ${done.missing},
      rejected = rejected + ${page.rejected.length}, offset_from = ${page.offsetFrom}, offset_to = ${page.offsetTo}
    -- Compared twice: where the statement waits for another one, only the row that it waits for is looked at anew.
    from moved where r.id = moved.id and r.pages = ${page.pagesBefore}
    returning ${PROGRESS}`);
  return progressOf(rows[0]);
}

function progressOf(row: ProgressRow | undefined): Progress | null {
  if (row === undefined) return null;
  const { settings: _settings, ...progress } = row;
  return progress;
}

/** The join of the account's row `s` with the run's row `r`, empty once another process has the lease. */
function isHeld({ id, lease: { source, fence } }: Run) {
  return sql`s.name = ${source} and s.lease_fence = ${fence} and r.id = ${id} and r.status = 'running'`;
}

const IN_TIME = sql`s.lease_expires_at > clock_timestamp()`;

function cursorOf({ kind }: Run, { cursor: { offset, anchor }, overlap, provesAbsence }: PageCommit) {
  const id = anchor?.id ?? null;
  const createdAt = anchor === null ? sql`null` : sql`to_timestamp(${anchor.createdAt} / 1000.0)`;
  return kind === "incremental"
    ? sql`incremental_offset = ${offset}, incremental_anchor_id = ${id}, incremental_anchor_created_at = ${createdAt},
        incremental_overlap = ${overlap}`
    : sql`full_offset = ${offset}, full_anchor_id = ${id}, full_anchor_created_at = ${createdAt},
        full_pass_flawless = ${provesAbsence}`;
}
