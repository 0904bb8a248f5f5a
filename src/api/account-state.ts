import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Ownership } from "../apify/contract.ts";
import { isoText } from "../mirror/database-clock.ts";
import type { Executor } from "../mirror/database.ts";

/** What the mirror knows of an account at a moment; times are ISO 8601 in UTC with microseconds, so they sort as text. */
export interface AccountState {
  /** Of the mirrored list: whether it holds unnamed datasets, and those of which ownership if not of both. */
  readonly unnamed: boolean;
  readonly ownership: Ownership | null;
  readonly ownerId: string | null;
  readonly ownerName: string | null;
  readonly liveRows: number;
  /** When rows were last written; it differs whenever a row does. */
  readonly writtenAt: string | null;
  /** The latest moment of which the list will not change any more: what is written from now on is written later. */
  readonly settledAt: string | null;
  /** End of the last run that succeeded, and milliseconds since then. */
  readonly syncedAt: string | null;
  readonly ageMs: number | null;
  readonly provenAt: string | null;
}

/** Null if the account was never mirrored. */
export async function readAccountState(db: Executor, source: string): Promise<AccountState | null> {
  const { rows } = await db.execute<{ state: AccountState | null }>(sql`select ${stateOf(source)} as state`);
  return rows[0]?.state ?? null;
}

/** The state as a value in a statement that reads more: both are of the same moment. */
export function stateOf(source: string): SQL {
  return sql`(
    select json_build_object('unnamed', s.unnamed, 'ownership', s.ownership, 'ownerId', s.owner_id,
      'ownerName', s.owner_name, 'liveRows', s.live_rows, 'writtenAt', ${isoText(sql`s.last_written_at`)},
      'settledAt', ${isoText(sql`greatest(s.last_written_at, ended.at)`)},
      'syncedAt', ${isoText(sql`synced.at`)}, 'ageMs', extract(epoch from clock_timestamp() - synced.at) * 1000,
      'provenAt', ${isoText(sql`s.last_full_pass_at`)})
    from apify.sources s
    left join lateral (
      select finished_at as at from apify.sync_runs
      where source = s.name and finished_at is not null order by started_at desc limit 1
    ) ended on true
    cross join lateral (
      select max(finished_at) as at from apify.sync_runs where source = s.name and status = 'succeeded'
    ) synced
    where s.name = ${source}
  )`;
}
