import { sql } from "drizzle-orm";

import type { Db } from "../database.ts";
import { readOnlyQuery, timestampOf } from "./read-only.ts";

export interface TopDataset {
  readonly id: string;
  /** Name, else title, else null; up to NAME_MAX characters. */
  readonly name: string | null;
  readonly items: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Items more than at the begin of the time asked for; null where nobody asked. */
  readonly growth: number | null;
}

/** Longer names are cut in the database already. */
const NAME_MAX = 300;

const described = sql`d.id, left(coalesce(d.name, d.title), ${NAME_MAX}) as name, d.item_count::float8 as items,
  d.created_at::text as "createdAt"`;

export async function readLargest(db: Db, source: string, max: number): Promise<TopDataset[]> {
  return readOnlyQuery(db, "find the largest datasets", async (tx) => {
    const { rows } = await tx.execute<TopDataset & Record<string, unknown>>(sql`
      select ${described}, null as growth from apify.datasets d
      where source = ${source} and removed_at is null and item_count > 0
      order by item_count desc limit ${max}`);
    return rows;
  });
}

/**
 * The live datasets that gained the most items since `since`, milliseconds since the epoch. What a dataset held then is
 * told by its version of that time; one that the mirror met later counts from what it held when it was met.
 */
export async function readFastest(db: Db, source: string, since: number, max: number): Promise<TopDataset[]> {
  const version = sql`select v.item_count from apify.dataset_versions v where v.source = d.source and v.id = d.id`;
  return readOnlyQuery(db, "find the fastest growing datasets", async (tx) => {
    const { rows } = await tx.execute<TopDataset & Record<string, unknown>>(sql`
      select ${described}, (d.item_count - was.items)::float8 as growth
      from apify.datasets d
      cross join lateral (
        select coalesce(
          (${version} and v.valid_from <= ${timestampOf(since)} order by v.valid_from desc limit 1),
          case when d.created_at > ${timestampOf(since)} then 0 else
            (${version} order by v.valid_from limit 1) end,
          0) as items
        offset 0 -- or the planner puts the look-ups into every place that uses them
      ) was
      where d.source = ${source} and d.removed_at is null and d.item_count > 0 and d.changed_at > ${timestampOf(since)}
        -- Known only since the first pass and unchanged: nothing tells what it held before.
        and (d.changed_at > d.first_seen_at or d.created_at > ${timestampOf(since)})
        and d.item_count > was.items
      order by growth desc, d.id limit ${max}`);
    return rows;
  });
}
