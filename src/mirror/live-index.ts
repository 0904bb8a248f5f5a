/** How the live rows of an account lie in the order of the list: what the search for gone rows compares it with. */
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Run } from "./begin-run.ts";
import { epochMs, timeOf } from "./database-clock.ts";
import { inDatabase } from "./database.ts";
import type { Db } from "./database.ts";

/** Rows between two marks. */
const MARK_ROWS = 1000;

export interface LiveStanding {
  /** Live rows created before a moment. */
  readonly liveBefore: number;
  /** Missing rows whose grace was over when the run began. */
  readonly isRemovalDue: boolean;
}

/** `createdAt`: milliseconds since the epoch. Reads the few rows behind it, not those before. */
export async function readStanding(db: Db, run: Run, createdAt: number): Promise<LiveStanding> {
  const { source } = run.lease;
  return inDatabase("compare the mirror with the list", async () => {
    const { rows } = await db.execute<{ live: number; due: boolean }>(sql`
      select s.live_rows::float8 - (
          select count(*) from apify.datasets
          where source = ${source} and missing_since is null and created_at >= ${timeOf(createdAt)}
        ) as live, exists (select 1 from apify.datasets where ${isDue(run)}) as due
      from apify.sources s where s.name = ${source}`);
    const row = rows[0];
    if (row === undefined) throw new Error(`no source ${source}`);
    return { liveBefore: row.live, isRemovalDue: row.due };
  });
}

/** A place in the order of the live rows. */
interface Mark {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Live rows created before it. */
  readonly rowsBefore: number;
}

/** The order of the live rows, read in one pass over their index. */
export class LiveIndex {
  readonly #db: Db;
  readonly #source: string;
  /** About every MARK_ROWS-th live row, in order. */
  readonly #marks: readonly Mark[];

  constructor(db: Db, source: string, marks: readonly Mark[]) {
    this.#db = db;
    this.#source = source;
    this.#marks = marks;
  }

  /**
   * Live rows created at `from` or later and before `before`, milliseconds since the epoch or infinite. `isWritten`: the
   * range, of few rows, was written to since the index was read; else those between two marks are not read again.
   */
  async count(from: number, before: number, isWritten = false): Promise<number> {
    const first = this.#marks.find(({ createdAt }) => createdAt >= from);
    const last = this.#marks.findLast(({ createdAt }) => createdAt < before);
    if (isWritten || first === undefined || last === undefined || first.createdAt >= last.createdAt) {
      return this.#read([from, before]);
    }
    const ends = await this.#read([from, first.createdAt], [last.createdAt, before]);
    return last.rowsBefore - first.rowsBefore + ends;
  }

  async #read(...ranges: ReadonlyArray<readonly [from: number, before: number]>): Promise<number> {
    const conditions = ranges.map(([from, before]) => {
      const lower = Number.isFinite(from) ? sql`created_at >= ${timeOf(from)}` : sql`true`;
      const upper = Number.isFinite(before) ? sql`created_at < ${timeOf(before)}` : sql`true`;
      return sql`(select count(*) from apify.datasets
        where source = ${this.#source} and missing_since is null and ${lower} and ${upper})`;
    });
    return inDatabase("count live rows", async () => {
      const { rows } = await this.#db.execute<{ count: number }>(
        sql`select (${sql.join(conditions, sql` + `)})::float8 as count`,
      );
      return rows[0]?.count ?? 0;
    });
  }
}

export async function readLiveIndex(db: Db, { lease: { source } }: Run): Promise<LiveIndex> {
  return inDatabase("read the order of the live rows", async () => {
    const { rows } = await db.execute<{ marks: [number, number][] | null }>(sql`
      select json_agg(json_build_array(${epochMs(sql`created_at`)}, rows_before) order by created_at) as marks from (
        select created_at, row_number() over w as place, rank() over w - 1 as rows_before from apify.datasets
        where source = ${source} and missing_since is null
        window w as (order by created_at)
      ) live where place % ${MARK_ROWS} = 0`);
    const marks = rows[0]?.marks ?? [];
    return new LiveIndex(
      db,
      source,
      marks.map(([createdAt, rowsBefore]) => ({ createdAt, rowsBefore })),
    );
  });
}

/** `created_at` of missing rows whose grace was over when the run began, oldest first, milliseconds since the epoch. */
export async function readRemovalsDue(db: Db, run: Run, limit: number): Promise<number[]> {
  return inDatabase("look for rows to be removed", async () => {
    const { rows } = await db.execute<{ at: number }>(sql`
      select ${epochMs(sql`created_at`)} as at from apify.datasets
      where ${isDue(run)} order by created_at limit ${limit}`);
    return rows.map(({ at }) => at);
  });
}

function isDue({ id, lease, rule }: Run): SQL {
  return sql`source = ${lease.source} and missing_since is not null and removed_at is null
    and missing_since <= (select started_at from apify.sync_runs where id = ${id})
      - make_interval(secs => ${rule.graceMs / 1000})`;
}
