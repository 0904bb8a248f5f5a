import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { databaseClock } from "./database-clock.ts";
import type { DatabaseClock } from "./database-clock.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";

/** A call writes no more, oldest first, since each reads the whole table of datasets: the next call goes on. */
const DAYS_MAX = 10;
/** What was created just before midnight may be listed, and mirrored, some time after it. */
const SETTLED_AFTER = sql`interval '10 minutes'`;

/**
 * Brings `apify.actor_days` up to date; to be called after a run, and cheap when nothing is due. Due is every day (UTC) on
 * which a run succeeded, once it is over and its last datasets are listed, and today after each full pass that was proven.
 * Written again, a day has the same rows. Returns the days it wrote (ISO 8601).
 */
export async function writeActorDays(
  db: Db,
  source: string,
  clock: DatabaseClock = databaseClock,
): Promise<string[]> {
  return inDatabase("write the figures of the day", async () => {
    const days = await readDueDays(db, source, clock());
    for (const day of days) await transact(db, (tx) => writeDay(tx, source, day, clock()));
    return days;
  });
}

/** Nothing is known of a day before the first proven full pass, nor of one on which no run succeeded. */
async function readDueDays(db: Executor, source: string, now: SQL): Promise<string[]> {
  const proven = sql`source = ${source} and status = 'succeeded' and kind = 'full' and complete`;
  const { rows } = await db.execute<{ day: string }>(sql`
    with clock as materialized (select ${now} as now), first as (
      select coalesce(
        (select max(day) + 1 from apify.actor_days where source = ${source} and as_of >= ${startOf(sql`day + 1`)}),
        (select min(finished_at at time zone 'UTC')::date from apify.sync_runs where ${proven})
      ) as first_day
    )
    select day::date::text as day
    from clock, first,
      generate_series(first_day::timestamp, now at time zone 'UTC', interval '1 day') as days(day),
      lateral (select ${startOf(sql`days.day`)} as starts, ${startOf(sql`days.day + interval '1 day'`)} as ends) bounds
    where case
      when now < ends then greatest(starts, (
          select max(as_of) from apify.actor_days where source = ${source} and actor_days.day = days.day::date
        )) < (select finished_at from apify.sync_runs where ${proven} order by started_at desc limit 1)
      when now >= ends + ${SETTLED_AFTER} then exists (
        select from apify.sync_runs
        where source = ${source} and status = 'succeeded' and finished_at >= starts and finished_at < ends
      )
      else false end
    order by 1 limit ${DAYS_MAX}`);
  return rows.map(({ day }) => day);
}

/** The moment a day begins. */
function startOf(day: SQL): SQL {
  return sql`(${day})::timestamp at time zone 'UTC'`;
}

/**
 * What was listed at the end of the day (of today: now), with what was created on the day and seen only later, say because
 * the service was down at midnight: that counts with the first that was known of it.
 */
async function writeDay(tx: Executor, source: string, day: string, now: SQL): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('apify.actor_days'), hashtext(${source}))`);
  await tx.execute(sql`delete from apify.actor_days where source = ${source} and day = ${day}`);
  await tx.execute(sql`
    with day as materialized (
      select ${startOf(sql`${day}::date`)} as starts, least(${now}, ${startOf(sql`${day}::date + 1`)}) as ends
    ), told as (
      select act_id, item_count, inflated_bytes, created_at >= day.starts and created_at < day.ends as is_created,
        missing_since >= day.starts and missing_since < day.ends as is_removed,
        (missing_since is null or missing_since >= day.ends) and (changed_at < day.ends
          or changed_at = first_seen_at and created_at >= day.starts and created_at < day.ends) as is_live
      from apify.datasets, day where source = ${source}
      union all
      select act_id, item_count, apify.stat(stats, 'inflatedBytes'), false, valid_to < day.ends and not exists (
          select from apify.dataset_versions n where n.source = v.source and n.id = v.id and n.valid_from = v.valid_to
        ) and not exists (
          select from apify.datasets n where n.source = v.source and n.id = v.id and n.changed_at = v.valid_to
        ),
        valid_to >= day.ends and (valid_from < day.ends or created_at >= day.starts and created_at < day.ends and exists (
          select from apify.datasets d where d.source = v.source and d.id = v.id and d.first_seen_at = v.valid_from
        ))
      from apify.dataset_versions v, day where source = ${source} and valid_to >= day.starts
      union all
      -- The row that every day has.
      select null, null, null, false, false, false
    )
    insert into apify.actor_days (source, day, act_id, as_of, live, items, inflated_bytes, created, removed)
    select ${source}, ${day}, coalesce(act_id, ''), day.ends, count(*) filter (where is_live),
      coalesce(sum(item_count) filter (where is_live), 0),
      coalesce(sum(inflated_bytes) filter (where is_live), 0),
      count(*) filter (where is_created), count(*) filter (where is_removed)
    from told, day
    where is_live or is_created or is_removed or act_id is null
    group by coalesce(act_id, ''), day.ends`);
}
