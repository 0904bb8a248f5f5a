import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { databaseClock } from "./database-clock.ts";
import type { DatabaseClock } from "./database-clock.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";

/** Few enough that neither the locks nor the log of a transaction are felt by a run. */
const ROWS_MAX = 1_000;

/**
 * Deletes runs that ended longer ago than `retentionMs`, the oldest first, and their rejected items. What tells how fresh
 * the mirror is stays: the last success, the last full pass that was proven to its end, and the last verdict on a full pass. Returns how many rows were deleted: more may be due unless it is 0.
 */
export async function pruneRuns(
  db: Db,
  source: string,
  retentionMs: number,
  clock: DatabaseClock = databaseClock,
): Promise<number> {
  return inDatabase("delete old runs", () =>
    transact(db, async (tx) => {
      const runs = dueRuns(source, retentionMs, clock());
      const items = await deleteSome(
        tx,
        sql`apify.rejected_items`,
        sql`select id from apify.rejected_items where run_id in (${runs})`,
      );
      // A run goes once its items are gone, so that a run that rejected many items does not go in one transaction.
      return items > 0 ? items : deleteSome(tx, sql`apify.sync_runs`, runs);
    }),
  );
}

async function deleteSome(tx: Executor, table: SQL, ids: SQL): Promise<number> {
  const { rowCount } = await tx.execute(
    sql`delete from ${table} where id in (${ids} limit ${ROWS_MAX} for update skip locked)`,
  );
  return rowCount ?? 0;
}

/** A run begins before it ends, so the index on `started_at` finds those that may be due, which is nearly always none. */
function dueRuns(source: string, retentionMs: number, now: SQL): SQL {
  const cutoff = sql`${now} - make_interval(secs => ${retentionMs}::float8 / 1000)`;
  return sql`
    select id from apify.sync_runs
    where source = ${source} and started_at < ${cutoff} and finished_at < ${cutoff}
      and id not in (
        (${last(source, sql`status = 'succeeded'`)})
        union all (${last(source, sql`status = 'succeeded' and kind = 'full' and complete`)})
        union all (${last(source, sql`status in ('succeeded', 'suspicious') and kind = 'full'`)})
      )
    order by started_at`;
}

function last(source: string, condition: SQL): SQL {
  return sql`select id from apify.sync_runs where source = ${source} and ${condition} order by started_at desc limit 1`;
}
