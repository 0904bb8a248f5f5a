import { sql } from "drizzle-orm";

import type { Db } from "../database.ts";
import { readOnlyQuery, timestampOf } from "./read-only.ts";

/** The account as it stood at a moment. */
export interface GrowthPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly datasets: number;
  readonly items: number;
}

export interface GrowthRequest {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

/**
 * The account over time, as the mirror knew it, oldest first; begins where the mirror was first complete, and is empty
 * before that. Counted backwards from now, so that only what changed since is read of the history.
 */
export async function readGrowth(db: Db, source: string, request: GrowthRequest): Promise<GrowthPoint[]> {
  const { to, points } = request;
  return readOnlyQuery(db, "read the growth of the account", async (tx) => {
    const { rows: firsts } = await tx.execute<{ at: number | null }>(sql`
      select (extract(epoch from finished_at) * 1000)::float8 as at from apify.sync_runs
      where source = ${source} and complete order by started_at limit 1`);
    const first = firsts[0]?.at;
    if (first === undefined || first === null || first >= to) return [];
    const from = Math.max(request.from, first);
    const step = (to - from) / points;
    const { rows } = await tx.execute<{ stands: GrowthPoint[] }>(sql`
      with steps as materialized (
        select changed_at as at, 1 as datasets, coalesce(item_count, 0) as items from apify.datasets
        where source = ${source} and changed_at > ${timestampOf(from)}
        union all
        select missing_since, -1, -coalesce(item_count, 0) from apify.datasets
        where source = ${source} and removed_at is not null and missing_since > ${timestampOf(from)}
        union all
        select edge.at, edge.sign, edge.sign * coalesce(v.item_count, 0) from apify.dataset_versions v
        cross join lateral (values (valid_from, 1), (valid_to, -1)) edge (at, sign)
        where v.source = ${source} and v.valid_to > ${timestampOf(from)} and edge.at > ${timestampOf(from)}
      ), slices as materialized (
        select least(${points}, ceil((extract(epoch from at) * 1000 - ${from}::float8) / ${step}::float8))::int as slice,
          sum(datasets) as datasets, sum(items) as items
        from steps group by slice
      ), now as (
        select count(*) as datasets, coalesce(sum(item_count), 0) as items from apify.datasets
        where source = ${source} and removed_at is null
      )
      select json_agg(json_build_object('at', ${from}::float8 + i * ${step}::float8,
        'datasets', n.datasets - l.datasets, 'items', n.items - l.items) order by i) as stands
      from now n cross join (
        -- Slice i + 1 and the later ones lie behind point i.
        select i, coalesce(sum(s.datasets) over later, 0) as datasets, coalesce(sum(s.items) over later, 0) as items
        from generate_series(0, ${points}::int) i left join slices s on s.slice = i + 1
        window later as (order by i desc)
      ) l`);
    return rows[0]?.stands ?? [];
  });
}
