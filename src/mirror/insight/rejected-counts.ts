import { sql } from "drizzle-orm";

import { inDatabase } from "../database.ts";
import type { Db } from "../database.ts";

/** Items rejected by the last run of each kind that succeeded; null if none has. */
export interface RejectedCounts {
  readonly full: number | null;
  readonly incremental: number | null;
}

export async function readRejected(db: Db, source: string): Promise<RejectedCounts> {
  const last = (kind: string) => sql`(
    select rejected::float8 from apify.sync_runs
    where source = ${source} and kind = ${kind} and status = 'succeeded'
    order by started_at desc limit 1)`;
  return inDatabase("count what was rejected", async () => {
    const { rows } = await db.execute<{ full: number | null; incremental: number | null }>(
      sql`select ${last("full")} as full, ${last("incremental")} as incremental`,
    );
    return { full: rows[0]?.full ?? null, incremental: rows[0]?.incremental ?? null };
  });
}
