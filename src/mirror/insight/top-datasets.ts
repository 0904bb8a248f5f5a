import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { epochMs, timeOf } from "../database-clock.ts";
import type { Db } from "../database.ts";
import { readOnlyQuery } from "./read-only.ts";

export interface TopDataset {
  readonly id: string;
  /** Name, else title, else null; at most NAME_MAX characters. */
  readonly name: string | null;
  /** The Actor that made it. */
  readonly actor: string | null;
  readonly items: number;
  /** As Apify counts them, uncompressed; null where it does not say. */
  readonly bytes: number | null;
  /** Milliseconds since the epoch. */
  readonly created_at: number | null;
  /** Items more than at the beginning of the time asked for; null where nothing was asked. */
  readonly growth: number | null;
}

/** Longer names are cut by the database. */
const NAME_MAX = 300;

/** What `stats` holds is Apify's affair: anything but a number counts as unknown. */
const BYTES = sql`case when jsonb_typeof(d.stats->'inflatedBytes') = 'number'
  then trunc((d.stats->'inflatedBytes')::numeric) end`;

/** The live datasets with the most items. */
export function readLargest(db: Db, source: string, max: number): Promise<TopDataset[]> {
  const ranked = sql`
    select d.*, null as growth, row_number() over (order by item_count desc, id) as rank from apify.live_datasets d
    where source = ${source} and item_count > 0 order by rank limit ${max}`;
  return readTop(db, "find the largest datasets", ranked);
}

/**
 * The live datasets that gained the most items since `since`, milliseconds since the epoch, without those created later,
 * which are merely new. What a dataset held then is in its version of that time; one that the mirror met later counts
 * from its first version.
 */
export function readFastest(db: Db, source: string, since: number, max: number): Promise<TopDataset[]> {
  const version = sql`select v.item_count from apify.dataset_versions v where v.source = d.source and v.id = d.id`;
  const ranked = sql`
    select d.*, d.item_count - past.items as growth,
      row_number() over (order by d.item_count - past.items desc, d.id) as rank
    from apify.live_datasets d
    cross join lateral (
      select coalesce(
        (${version} and v.valid_from <= ${timeOf(since)} order by v.valid_from desc limit 1),
        (${version} order by v.valid_from limit 1)) as items
      offset 0 -- or the planner repeats the look-ups wherever their result is used
    ) past
    where d.source = ${source} and d.created_at <= ${timeOf(since)} and d.changed_at > ${timeOf(since)}
      and d.item_count > past.items
    order by rank limit ${max}`;
  return readTop(db, "find the fastest growing datasets", ranked);
}

async function readTop(db: Db, what: string, ranked: SQL): Promise<TopDataset[]> {
  return readOnlyQuery(db, what, async (tx) => {
    const { rows } = await tx.execute<{ datasets: TopDataset[] }>(sql`
      select coalesce(json_agg(json_build_object('id', d.id, 'name', left(coalesce(d.name, d.title), ${NAME_MAX}),
        'actor', d.act_id, 'items', d.item_count, 'bytes', ${BYTES}, 'created_at', ${epochMs(sql`d.created_at`)},
        'growth', d.growth) order by d.rank), '[]') as datasets
      from (${ranked}) d`);
    return rows[0]?.datasets ?? [];
  });
}

/** What all live datasets hold together. */
export interface Totals {
  readonly items: number;
  readonly bytes: number;
}

export async function readTotals(db: Db, source: string): Promise<Totals> {
  return readOnlyQuery(db, "add up the items", async (tx) => {
    const { rows } = await tx.execute<{ totals: Totals }>(sql`
      select json_build_object('items', coalesce(sum(item_count), 0), 'bytes', coalesce(sum(${BYTES}), 0)) as totals
      from apify.live_datasets d where source = ${source}`);
    return rows[0]?.totals ?? { items: 0, bytes: 0 };
  });
}
