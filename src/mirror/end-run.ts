import { sql } from "drizzle-orm";

import type { Cursor } from "../core/cursor.ts";
import { PagesLostError } from "./batch.ts";
import type { Traffic } from "./batch.ts";
import type { Run } from "./begin-run.ts";
import { timeOf } from "./database-clock.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";
import { LeaseLostError, returnLease } from "./lease.ts";
import type { ReconcileState } from "./state.ts";

export type Status = "succeeded" | "failed" | "interrupted" | "suspicious";

export interface Ending {
  readonly status: Status;
  readonly error: string | null;
  /** Pages of this run that were committed; a success is concluded from them, so they must still be there. */
  readonly pages: number;
  /** The end of the list was reached. */
  readonly complete: boolean;
  /** What a full pass that read to the end of the list hands to the incremental ones; null for any other run. */
  readonly passEnd: { readonly cursor: Cursor; readonly rejected: number } | null;
  /** What the run learned about rows that are gone; null if it did not look for them. */
  readonly reconcile: ReconcileState | null;
  readonly traffic: Traffic;
  /** Keep the lease until the next run. */
  readonly keepLease: boolean;
}

export interface Outcome {
  readonly status: Status;
  readonly error: string | null;
}

/**
 * Ends a run: what its pass concludes, the run's row and the lease, all in one transaction, which waits for the disk as
 * the pages did not. Throws PagesLostError when a crash has taken back pages that a success rests on.
 */
export async function endRun(db: Db, run: Run, ending: Ending): Promise<Outcome> {
  return inDatabase("end a run", () =>
    transact(db, async (tx) => {
      const closed = await checkHolder(tx, run, ending);
      if (closed !== null) return closed;
      await endPass(tx, run, ending);
      await closeRun(tx, run, ending);
      if (!run.isNested) await returnLease(tx, run.lease, ending.keepLease);
      return { status: ending.status, error: ending.error };
    }),
  );
}

/** Returns how the run ended if it has: its transaction was committed and only the answer was lost. */
async function checkHolder(
  tx: Executor,
  { id, lease }: Run,
  { status, pages }: Ending,
): Promise<Outcome | null> {
  const { rows } = await tx.execute<{
    status: string;
    pages: number;
    error: string | null;
    holds: boolean;
  }>(sql`
    select r.status, r.pages::float8, r.error, s.lease_fence = ${lease.fence} as holds
    from apify.sources s join apify.sync_runs r on r.id = ${id}
    where s.name = ${lease.source} for update of s`);
  const run = rows[0];
  if (run !== undefined && isEnd(run.status)) return { status: run.status, error: run.error };
  if (run === undefined || !run.holds) throw new LeaseLostError(lease.source);
  if (status === "succeeded" && run.pages < pages) throw new PagesLostError(pages - run.pages);
  return null;
}

/** How a run is ended by its own process; `abandoned` is set by a later run only. */
function isEnd(status: string): status is Status {
  return ["succeeded", "failed", "interrupted", "suspicious"].includes(status);
}

async function endPass(tx: Executor, run: Run, ending: Ending): Promise<void> {
  const { source } = run.lease;
  const { passEnd, reconcile, status } = ending;
  if (reconcile !== null) {
    await tx.execute(sql`
      update apify.sources set reconcile_hints = ${sql.param([...reconcile.hints])}::bigint[],
        reconcile_remainder = ${reconcile.remainder}
      where name = ${source}`);
  }
  // A suspicious pass starts again from the beginning: a person may have accepted what it found by then.
  if (run.pass !== null && status === "suspicious") {
    await tx.execute(sql`update apify.sources set full_pass = null where name = ${source}`);
  }
  if (run.pass === null || passEnd === null) return;
  const { cursor, rejected } = passEnd;
  const createdAt = cursor.anchor === null ? sql`null` : timeOf(cursor.anchor.createdAt);
  const isProven = ending.complete && status === "succeeded";
  const proven = sql`, last_full_pass_at = ${timeOf(run.pass.startedAt)}, brake_live_rows = live_rows,
    brake_missing_rows = 0, reconcile_remainder = 0`;
  await tx.execute(sql`
    update apify.sources set full_pass = null, incremental_offset = ${cursor.offset},
      incremental_anchor_id = ${cursor.anchor?.id ?? null}, incremental_anchor_created_at = ${createdAt},
      incremental_rejected = ${rejected} ${isProven ? proven : sql``}
    where name = ${source}`);
}

async function closeRun(
  tx: Executor,
  { id, clock }: Run,
  { traffic, complete, status, error }: Ending,
): Promise<void> {
  await tx.execute(sql`
    update apify.sync_runs set
      status = ${status}, finished_at = greatest(${clock()}, started_at), requests = ${traffic.requests},
      throttled = ${traffic.throttled}, throttled_ms = ${traffic.throttledMs}, retried = ${traffic.retried},
      realigned = ${traffic.realigned}, complete = ${complete}, error = ${error}
    where id = ${id} and status = 'running'`);
}
