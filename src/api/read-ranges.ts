import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { epochMs, timeOf } from "../mirror/database-clock.ts";
import type { Executor } from "../mirror/database.ts";
import type { KeyRange, TimeSpan } from "./offset-index.ts";
import { EVERYTHING, isShown, keyOf, rowsOf } from "./rows.ts";
import type { View } from "./rows.ts";

/** Rows of a range: as many as a page has. */
const RANGE_ROWS = 1000;
/**
 * Rows that are not shown between two that are, from which on they are in different ranges: a look-up of its own costs less
 * than reading over so many.
 */
const GAP_ROWS = 20;

export const ALL_TIME: TimeSpan = { from: -Infinity, before: Infinity };

/** The ranges of a list in a span of time, in order. */
export async function readRanges(db: Executor, view: View, { from, before }: TimeSpan): Promise<KeyRange[]> {
  const within = sql`created_at >= ${timeOf(from)} and created_at < ${timeOf(before)}`;
  const rows = rowsOf(view, within);
  const isEvery = view.asOf === null && keyOf(view.filter) === keyOf(EVERYTHING);
  const { rows: answer } = await db.execute<{ ranges: [number, number, number][] | null }>(sql`
    with ranged as (${isEvery ? everyRow(rows) : shownRows(view, rows)}
    ), ranges as (
      select min(created_at) as first, max(created_at) as last, count(*) as rows from ranged group by block, island
    )
    select json_agg(json_build_array(${epochMs(sql`first`)}, ${epochMs(sql`last`)}, rows) order by first) as ranges from ranges`);
  return (answer[0]?.ranges ?? []).map(([first, last, count]) => ({ from: first, to: last, count }));
}

/** Ties have one place and so one range. */
function blockOf(createdAt: SQL): SQL {
  return sql`(rank() over (order by ${createdAt}) - 1) / ${RANGE_ROWS}::int`;
}

/** Where no row is left out there are no gaps, and the index alone tells, in a quarter of the time. */
function everyRow(rows: SQL): SQL {
  return sql`select r.created_at, ${blockOf(sql`r.created_at`)} as block, 0 as island from ${rows} r`;
}

function shownRows(view: View, rows: SQL): SQL {
  return sql`
    with placed as (
      select r.created_at, ${isShown(view, "r")} as is_shown, rank() over (order by r.created_at) as place from ${rows} r
    ), shown as (
      select created_at, ${blockOf(sql`created_at`)} as block,
        place - lag(place) over (order by created_at) > ${GAP_ROWS}::int as is_apart
      from placed where is_shown
    )
    select created_at, block, count(*) filter (where is_apart) over (order by created_at) as island from shown`;
}

/**
 * The spans of time in which rows of the account were written after a moment, in order, to the next of `bounds`
 * (milliseconds since the epoch, ascending) on either side.
 */
export async function readTouched(
  db: Executor,
  source: string,
  after: string,
  bounds: readonly number[],
): Promise<TimeSpan[]> {
  const { rows } = await db.execute<{ bucket: number }>(sql`
    select distinct width_bucket(${epochMs(sql`created_at`)}, ${sql.param([...bounds])}::float8[]) as bucket
    from apify.datasets where source = ${source} and written_at > ${after}::timestamptz
    order by bucket`);
  return rows.map(({ bucket }) => ({
    from: bounds[bucket - 1] ?? -Infinity,
    before: bounds[bucket] ?? Infinity,
  }));
}
