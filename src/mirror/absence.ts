/**
 * What decides that a row leaves the live list, and that it is removed: its absence from proven pages.
 * Absent once: `missing_since`. Absent again on a page of a run that began when the grace was over: `removed_at`. A page
 * is asked for after its run began, and `missing_since` is the commit of the first page, so the time between the two
 * requests is never shorter than the grace, whatever a host's clock does.
 */
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Range } from "../core/coverage.ts";
import type { Run } from "./begin-run.ts";
import { timeOf } from "./database-clock.ts";
import type { Executor } from "./database.ts";

export interface Absences {
  /** Rows that have left the live list. */
  readonly missing: number;
  readonly removed: number;
}

export interface AbsenceProof {
  readonly ranges: readonly Range[];
  /** Ids that are listed; all others inside the ranges are not. */
  readonly listed: readonly string[];
  /** Milliseconds since the epoch; rows created later are too young to be judged. */
  readonly settledBefore: number;
}

/** `at`: time of the commit, as text. */
export async function markAbsent(
  db: Executor,
  { id, lease, rule }: Run,
  { ranges, listed, settledBefore }: AbsenceProof,
  at: string,
): Promise<Absences> {
  if (ranges.length === 0) return { missing: 0, removed: 0 };
  const graceOver = sql`(select started_at from apify.sync_runs where id = ${id})
    - make_interval(secs => ${rule.graceMs / 1000})`;
  const candidates = (state: SQL) => sql`
    select id, missing_since from apify.datasets
    where source = ${lease.source} and ${state} and created_at <= ${timeOf(settledBefore)}
      and (${sql.join(ranges.map(within), sql` or `)}) -- Hashed: comparing each row with each id takes 0.1 s a page.
      and id not in (select unnest(${sql.param([...listed])}::text[]))`;
  const { rows } = await db.execute<{ missing: number; removed: number }>(sql`
    with absent as materialized (
      ${candidates(sql`missing_since is null`)}
      union all
      ${candidates(sql`missing_since is not null and removed_at is null and missing_since <= ${graceOver}`)}
    ), marked as (
      update apify.datasets d set written_at = ${at}::timestamptz,
        missing_since = coalesce(d.missing_since, greatest(${at}::timestamptz, d.changed_at)),
        removed_at = case when d.missing_since is not null then ${at}::timestamptz end
      from absent where d.source = ${lease.source} and d.id = absent.id
      returning absent.missing_since is null as is_first
    )
    select count(*) filter (where is_first)::int as missing, count(*) filter (where not is_first)::int as removed
    from marked`);
  return rows[0] ?? { missing: 0, removed: 0 };
}

/** The rows of a range, as a condition on `created_at`. */
function within({ from, before }: Range): SQL {
  const lower =
    from === null
      ? sql`true`
      : sql`created_at ${sql.raw(from.inclusive ? ">=" : ">")} ${timeOf(from.createdAt)}`;
  return before === null ? sql`(${lower})` : sql`(${lower} and created_at < ${timeOf(before)})`;
}
