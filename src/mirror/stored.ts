import { sql } from "drizzle-orm";

import type { Executor } from "./database.ts";

/** What the mirror holds in a range of `created_at`. */
export interface Stored {
  /** Digest by id of live rows; of missing ones it is empty, and so differs from any. */
  readonly hashes: ReadonlyMap<string, string>;
  /** False when there were more rows than `limit`: what is not in `hashes` may still be stored. */
  readonly isWhole: boolean;
}

/** Bounds in milliseconds since the epoch, inclusive; null for none. */
export interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Reads the live rows of a range, oldest first: a page is compared with what is stored without a look-up for each of
 * its rows. One JSON text, since the driver takes Postgres' arrays apart character by character.
 */
export async function readStoredHashes(
  db: Executor,
  source: string,
  bounds: Bounds,
  limit: number,
): Promise<Stored> {
  const from = bounds.from === null ? sql`` : sql`and created_at >= to_timestamp(${bounds.from} / 1000.0)`;
  const to = bounds.to === null ? sql`` : sql`and created_at <= to_timestamp(${bounds.to} / 1000.0)`;
  const { rows } = await db.execute<{ stored: string[] | null }>(sql`
    select json_agg(case when missing_since is null then content_hash else '' end || ' ' || id) as stored
    from (
      select id, content_hash, missing_since from apify.datasets
      where source = ${source} and removed_at is null ${from} ${to}
      order by created_at limit ${limit}
    ) live`);
  const stored = rows[0]?.stored ?? [];
  const hashes = new Map<string, string>();
  for (const one of stored) {
    const space = one.indexOf(" ");
    hashes.set(one.slice(space + 1), one.slice(0, space));
  }
  return { hashes, isWhole: stored.length < limit };
}
