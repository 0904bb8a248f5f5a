import { sql } from "drizzle-orm";

import { inDatabase } from "./database.ts";
import type { Db } from "./database.ts";

/** What there is to tell of an account; times are ISO 8601, counts are rows. */
export interface AccountStatus {
  readonly source: string;
  readonly lastSuccessAt: string | null;
  readonly lastFullPassAt: string | null;
  readonly liveRows: number;
  readonly remoteTotal: number | null;
  /** remoteTotal - liveRows */
  readonly drift: number | null;
  /** The newest full run that came to a verdict held its removals back. */
  readonly suspicious: boolean;
  readonly cursor: {
    readonly offset: number;
    readonly anchorId: string | null;
    readonly anchorCreatedAt: string | null;
  };
  readonly lease: {
    readonly holder: string | null;
    readonly busy: boolean;
    readonly expiresAt: string | null;
  };
  /** Newest first. */
  readonly runs: readonly RunStatus[];
}

/** A row of `sync_runs`. */
export interface RunStatus {
  readonly id: number;
  readonly kind: string;
  readonly trigger: string;
  readonly status: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly total: number | null;
  readonly count: number;
  readonly pages: number;
  readonly requests: number;
  readonly throttled: number;
  readonly throttled_ms: number;
  readonly retried: number;
  readonly realigned: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly missing: number;
  readonly rejected: number;
  readonly reconciled: number;
  readonly offset_from: number | null;
  readonly offset_to: number | null;
  readonly complete: boolean;
  readonly error: string | null;
}

/** Reads an account's status with its last `runsMax` runs; null if the account was never mirrored here. */
export async function readStatus(db: Db, source: string, runsMax: number): Promise<AccountStatus | null> {
  return inDatabase("read the status", async () => {
    // One statement sees one state; JSON carries its types through any driver.
    const { rows } = await db.execute<{ status: AccountStatus }>(sql`
      select json_build_object(
        'source', f.source, 'lastSuccessAt', f.last_success_at, 'lastFullPassAt', f.last_full_pass_at,
        'liveRows', f.live_rows, 'remoteTotal', f.remote_total, 'drift', f.drift,
        'suspicious', coalesce((
          select status = 'suspicious' from apify.sync_runs
          where source = s.name and kind = 'full' and status in ('succeeded', 'suspicious')
          order by started_at desc limit 1), false),
        'cursor', json_build_object('offset', s.incremental_offset, 'anchorId', s.incremental_anchor_id,
          'anchorCreatedAt', s.incremental_anchor_created_at),
        'lease', json_build_object('holder', s.lease_holder, 'busy', s.lease_busy, 'expiresAt', s.lease_expires_at),
        'runs', (
          select coalesce(json_agg(to_jsonb(r) - 'source' order by r.id desc), '[]')
          from (select * from apify.sync_runs where source = s.name order by id desc limit ${runsMax}) r
        )
      ) as status
      from apify.freshness f join apify.sources s on s.name = f.source
      where f.source = ${source}`);
    return rows[0]?.status ?? null;
  });
}
