import { sql } from "drizzle-orm";

import { epochMs, timeOf } from "../database-clock.ts";
import type { Db } from "../database.ts";
import { readOnlyQuery } from "./read-only.ts";

/** What the runs that began in one slice of time did. */
export interface RunSlice {
  /** Start of the slice, milliseconds since the epoch. */
  readonly at: number;
  readonly runs: number;
  /** Failed, suspicious or abandoned. */
  readonly failed: number;
  /** Seconds of the longest run; null if none has ended. */
  readonly longest: number | null;
  /** Rows inserted, updated or removed. */
  readonly changed: number;
  /** 429 answers. */
  readonly throttled: number;
  /** Datasets that Apify counted at last, and when that run began; null if no run has read the whole list's total. */
  readonly total: number | null;
  readonly total_at: number | null;
}

export interface Span {
  /** Milliseconds since the epoch, whole slices apart. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds of a slice. */
  readonly step: number;
}

/** Every slice of the span in order, empty ones included. */
export async function readRunHistory(db: Db, source: string, { from, to, step }: Span): Promise<RunSlice[]> {
  return readOnlyQuery(db, "read the history of the runs", async (tx) => {
    const { rows } = await tx.execute<{ slices: RunSlice[] }>(sql`
      with runs as (
        select *, floor((${epochMs(sql`started_at`)} - ${from}::float8) / ${step}::float8)::bigint as slice,
          -- The named list is another one, and shorter.
          total is not null and kind <> 'named' as is_counted
        from apify.sync_runs
        where source = ${source} and started_at >= ${timeOf(from)} and started_at < ${timeOf(to)}
      ), slices as (
        select slice, count(*) as runs, count(*) filter (where status in ('failed', 'suspicious', 'abandoned')) as failed,
          max(extract(epoch from finished_at - started_at)) as longest,
          sum(inserted + updated + removed) as changed, sum(throttled) as throttled,
          (array_agg(total order by id desc) filter (where is_counted))[1] as total,
          ${epochMs(sql`max(started_at) filter (where is_counted)`)} as total_at
        from runs group by slice
      )
      select coalesce(json_agg(json_build_object(
        'at', ${from}::bigint + i * ${step}::bigint, 'runs', coalesce(runs, 0), 'failed', coalesce(failed, 0),
        'longest', longest, 'changed', coalesce(changed, 0), 'throttled', coalesce(throttled, 0),
        'total', total, 'total_at', total_at) order by i), '[]') as slices
      from generate_series(0, ${Math.ceil((to - from) / step) - 1}::int) i left join slices on slice = i`);
    return rows[0]?.slices ?? [];
  });
}
