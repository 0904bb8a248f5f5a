import { sql } from "drizzle-orm";

import type { Executor } from "./database.ts";

/** What the mirror holds in a range of `created_at`. */
export interface Stored {
  /** Digest by id of live rows that are not missing. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly ids: readonly string[];
  /** False when there were more rows than `limit`: what is not in `ids` may still be stored. */
  readonly isWhole: boolean;
}

/** Bounds in milliseconds since the epoch, inclusive; null for none. */
export interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Reads the live rows of a range, oldest first, as two arrays in one answer: a page is compared with what is stored
 * without a look-up for each of its rows.
 */
export async function readStored(
  db: Executor,
  source: string,
  bounds: Bounds,
  limit: number,
): Promise<Stored> {
  const from = bounds.from === null ? sql`` : sql`and created_at >= to_timestamp(${bounds.from} / 1000.0)`;
  const to = bounds.to === null ? sql`` : sql`and created_at <= to_timestamp(${bounds.to} / 1000.0)`;
  const { rows } = await db.execute<{ ids: string[]; hashes: string[] }>(sql`
    select coalesce(array_agg(id), '{}') as ids,
      coalesce(array_agg(case when missing_since is null then content_hash else '' end), '{}') as hashes
    from (
      select id, content_hash, missing_since from apify.datasets
      where source = ${source} and removed_at is null ${from} ${to}
      order by created_at limit ${limit}
    ) stored`);
  const { ids, hashes } = rows[0] ?? { ids: [], hashes: [] };
  return {
    ids,
    hashes: new Map(ids.map((id, index) => [id, hashes[index] ?? ""])),
    isWhole: ids.length < limit,
  };
}
