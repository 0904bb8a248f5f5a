import { getTableColumns, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { epochMs } from "./database-clock.ts";
import type { Db } from "./database.ts";
import { readOnlyQuery } from "./insight/read-only.ts";
import { sync_runs } from "./schema.ts";

/** An account and its runs, by the names of the columns. Times are milliseconds since the epoch, counts are rows. */
export interface AccountStatus {
  readonly source: string;
  readonly base_url: string;
  /** The oldest run that is kept. */
  readonly first_run_at: number | null;
  readonly last_success_at: number | null;
  readonly last_full_pass_at: number | null;
  readonly live_rows: number;
  readonly remote_total: number | null;
  /** Rows that a page proved absent once, and that wait for their second proof. */
  readonly missing_rows: number;
  /** remote_total - live_rows */
  readonly drift: number | null;
  /** The newest run that came to a verdict held back its removals; an incremental one alone does not lift that. */
  readonly suspicious: boolean;
  /** Items that the last successful run of a kind could not mirror; null before such a run. */
  readonly rejected: { readonly full: number | null; readonly incremental: number | null };
  readonly cursor: {
    readonly offset: number;
    readonly anchor_id: string | null;
    readonly anchor_created_at: number | null;
  };
  readonly lease: {
    readonly holder: string | null;
    /** False while a service holds the lease between two runs. */
    readonly busy: boolean;
    readonly expires_at: number | null;
  };
  /** The run under way; the longest one, if another is served in between. */
  readonly running: RunStatus | null;
  /** Newest first. */
  readonly runs: readonly RunStatus[];
}

type SyncRun = typeof sync_runs.$inferSelect;

/** A row of `sync_runs`, with its times in milliseconds since the epoch; an infinite one is null. */
export type RunStatus = { readonly [Column in Exclude<keyof SyncRun, "source">]: Told<SyncRun[Column]> };

type Told<T> = T extends Date ? number | null : T;

/** Reads the status of an account with its last `runsMax` runs; null if the account was never mirrored here. */
export async function readStatus(db: Db, source: string, runsMax: number): Promise<AccountStatus | null> {
  const [status] = await readStatuses(db, [source], runsMax);
  return status ?? null;
}

/** The same of many accounts, without those that were never mirrored. */
export async function readStatuses(
  db: Db,
  sources: readonly string[],
  runsMax: number,
): Promise<AccountStatus[]> {
  return readOnlyQuery(db, "read the status", async (tx) => {
    // One statement sees one state, and JSON carries the types through any driver.
    const { rows } = await tx.execute<{ status: AccountStatus }>(sql`
      select json_build_object(
        'source', f.source, 'base_url', s.base_url,
        'first_run_at', ${epochMs(sql`(select min(started_at) from apify.sync_runs where source = s.name)`)},
        'last_success_at', ${epochMs(sql`f.last_success_at`)},
        'last_full_pass_at', ${epochMs(sql`f.last_full_pass_at`)},
        'live_rows', f.live_rows, 'remote_total', f.remote_total, 'drift', f.drift,
        'missing_rows', (select count(*) from apify.datasets
          where source = s.name and missing_since is not null and removed_at is null),
        'suspicious', coalesce(${endedSuspicious(["full"])}, false)
          or coalesce(${endedSuspicious(["full", "incremental"])}, false),
        'rejected', json_build_object('full', ${lastRun(sql`rejected`, ["full"], ["succeeded"])},
          'incremental', ${lastRun(sql`rejected`, ["incremental"], ["succeeded"])}),
        'cursor', json_build_object('offset', s.incremental_offset, 'anchor_id', s.incremental_anchor_id,
          'anchor_created_at', ${epochMs(sql`s.incremental_anchor_created_at`)}),
        'lease', json_build_object('holder', s.lease_holder, 'busy', s.lease_busy,
          'expires_at', ${epochMs(sql`s.lease_expires_at`)}),
        'running', (select ${RUN} from apify.sync_runs r where source = s.name and status = 'running'
          order by id limit 1),
        'runs', (
          select coalesce(json_agg(${RUN} order by r.id desc), '[]')
          from (select * from apify.sync_runs where source = s.name order by id desc limit ${runsMax}) r
        )
      ) as status
      from apify.freshness f join apify.sources s on s.name = f.source
      where f.source = any(${sql.param(sources)})`);
    return rows.map(({ status }) => status);
  });
}

/** An expression over the newest run of some kinds that ended in one of the ways. */
function lastRun(value: SQL, kinds: readonly string[], statuses: readonly string[]): SQL {
  return sql`(select ${value} from apify.sync_runs where source = s.name and kind = any(${sql.param(kinds)})
    and status = any(${sql.param(statuses)}) order by started_at desc limit 1)`;
}

function endedSuspicious(kinds: readonly string[]): SQL {
  return lastRun(sql`status = 'suspicious'`, kinds, ["succeeded", "suspicious"]);
}

/** A run `r`, with its times as numbers: JSON would show them in the time zone of the session. */
const RUN = sql`to_jsonb(r) - 'source' || jsonb_build_object(${sql.join(
  Object.entries(getTableColumns(sync_runs))
    .filter(([, column]) => column.dataType === "date")
    .map(([name]) => sql`${sql.raw(`'${name}'`)}, ${epochMs(sql`r.${sql.identifier(name)}`)}`),
  sql`, `,
)})`;
