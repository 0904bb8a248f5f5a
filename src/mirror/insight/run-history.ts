import { sql } from "drizzle-orm";

import type { Db } from "../database.ts";
import { readOnlyQuery, timestampOf } from "./read-only.ts";

/** What the runs that began in one slice of time did. */
export interface RunSlice {
  /** Milliseconds since the epoch: begin of the slice. */
  readonly at: number;
  readonly runs: number;
  /** Failed, suspicious or abandoned. */
  readonly failed: number;
  /** Seconds of the longest run; null if none has ended. */
  readonly longestS: number | null;
  /** Rows inserted, updated or removed. */
  readonly changed: number;
  /** Rows read. */
  readonly read: number;
  /** 429 answers. */
  readonly throttled: number;
}

export interface Span {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds of a slice. */
  readonly step: number;
}

/** Every slice of the span in order, empty ones included. */
export async function readRunHistory(db: Db, source: string, { from, to, step }: Span): Promise<RunSlice[]> {
  return readOnlyQuery(db, "read the history of the runs", async (tx) => {
    const { rows } = await tx.execute<{ slices: RunSlice[] }>(sql`
      with slices as (
        select floor((extract(epoch from started_at) * 1000 - ${from}::float8) / ${step}::float8) as slice,
          count(*) as runs,
          count(*) filter (where status in ('failed', 'suspicious', 'abandoned')) as failed,
          max(extract(epoch from finished_at - started_at)) as longest,
          sum(inserted + updated + removed) as changed, sum(count) as read, sum(throttled) as throttled
        from apify.sync_runs
        where source = ${source} and started_at >= ${timestampOf(from)} and started_at < ${timestampOf(to)}
        group by slice
      )
      select coalesce(json_agg(json_build_object(
        'at', ${from}::float8 + i * ${step}::float8, 'runs', coalesce(runs, 0), 'failed', coalesce(failed, 0),
        'longestS', longest, 'changed', coalesce(changed, 0), 'read', coalesce(read, 0),
        'throttled', coalesce(throttled, 0)) order by i), '[]') as slices
      from generate_series(0, ${Math.ceil((to - from) / step) - 1}::int) i left join slices on slice = i`);
    return rows[0]?.slices ?? [];
  });
}
