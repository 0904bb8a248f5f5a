import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { timeOf } from "./database-clock.ts";
import type { Executor } from "./database.ts";

/** What the mirror holds of an account's rows that are not removed. */
export interface Stored {
  /** Digest by id of live rows; of missing ones it is empty, and so differs from any. */
  readonly hashes: ReadonlyMap<string, string>;
  /** False when more may be stored than `hashes` has. */
  readonly isWhole: boolean;
}

/** Bounds in milliseconds since the epoch, inclusive; null for none. */
export interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
}

/** Reads a range, so that a page is compared with what is stored without a look-up for each of its rows. */
export async function readStoredRange(
  db: Executor,
  source: string,
  { from, to }: Bounds,
  limit: number,
): Promise<Stored> {
  const lower = from === null ? sql`` : sql`and created_at >= ${timeOf(from)}`;
  const upper = to === null ? sql`` : sql`and created_at <= ${timeOf(to)}`;
  const part = (state: SQL) => sql`
    (select id, content_hash, missing_since from apify.datasets
    where source = ${source} and ${state} ${lower} ${upper} order by created_at limit ${limit})`;
  const hashes = await readHashes(
    db,
    sql`${part(sql`missing_since is null`)}
      union all ${part(sql`missing_since is not null and removed_at is null`)}`,
  );
  return { hashes, isWhole: hashes.size < limit };
}

/** Reads rows by id: those of a page that has few of the rows in its range. */
export async function readStoredIds(db: Executor, source: string, ids: readonly string[]): Promise<Stored> {
  const hashes = await readHashes(
    db,
    sql`select id, content_hash, missing_since from apify.datasets
      where source = ${source} and removed_at is null and id = any(${sql.param([...ids])}::text[])`,
  );
  return { hashes, isWhole: true };
}

/** One JSON text, since the driver takes Postgres' arrays apart character by character. */
async function readHashes(db: Executor, query: SQL): Promise<Map<string, string>> {
  const { rows } = await db.execute<{ stored: string[] | null }>(sql`
    select json_agg(case when missing_since is null then content_hash else '' end || ' ' || id) as stored
    from (${query}) rows`);
  const hashes = new Map<string, string>();
  for (const one of rows[0]?.stored ?? []) {
    const space = one.indexOf(" ");
    hashes.set(one.slice(space + 1), one.slice(0, space));
  }
  return hashes;
}
