import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Kind } from "./begin-run.ts";
import { epochMs } from "./database-clock.ts";
import { inDatabase } from "./database.ts";
import type { Db } from "./database.ts";
import type { RunStatus } from "./status.ts";

/** What tells which passes of an account are due. Times are milliseconds since the epoch, by the database's clock. */
export interface RunSummary {
  readonly source: string;
  readonly now: number;
  /** Nothing was read to its end yet: whatever is asked for, the next run is a full one. */
  readonly isNew: boolean;
  readonly isProven: boolean;
  /** When the last run of a kind began that is under way or came to its end; stopped and lost ones do not count. */
  readonly began: { readonly [K in Kind]: number | null };
  /** How the last runs ended, the newest first. */
  readonly endings: readonly RunStatus["status"][];
  /** When the newest of them ended. */
  readonly endedAt: number | null;
}

/** Endings that are read: more failures in a row change nothing. */
const ENDINGS_MAX = 12;

/** Accounts that were never mirrored are left out. */
export async function readRunSummaries(db: Db, sources: readonly string[]): Promise<RunSummary[]> {
  return inDatabase("read which passes are due", async () => {
    const { rows } = await db.execute<{ summary: RunSummary }>(sql`
      select json_build_object(
        'source', s.name, 'now', ${epochMs(sql`clock_timestamp()`)},
        'isNew', s.incremental_anchor_id is null and s.last_full_pass_at is null,
        'isProven', s.last_full_pass_at is not null,
        'began', json_build_object('incremental', ${began("incremental")}, 'named', ${began("named")}, 'full', ${began("full")}),
        'endings', coalesce(ended.statuses, '[]'), 'endedAt', ${epochMs(sql`ended.at`)}
      ) as summary
      from apify.sources s, lateral (
        select json_agg(status order by started_at desc) as statuses, max(finished_at) as at
        from (select status, started_at, finished_at from apify.sync_runs
          where source = s.name and status <> 'running' order by started_at desc limit ${ENDINGS_MAX}) r
      ) ended
      where s.name = any(${sql.param(sources)})`);
    return rows.map(({ summary }) => summary);
  });
}

/** A run whose holder has died is not under way. */
function began(kind: Kind): SQL {
  return sql`(select ${epochMs(sql`started_at`)} from apify.sync_runs where source = s.name and kind = ${kind}
    and (status in ('succeeded', 'failed', 'suspicious')
      or status = 'running' and s.lease_busy and s.lease_expires_at > clock_timestamp())
    order by started_at desc limit 1)`;
}
