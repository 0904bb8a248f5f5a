import { sql } from "drizzle-orm";

import type { Executor } from "./database.ts";
import { COLUMNS, cellsOf } from "./row.ts";
import type { Row } from "./row.ts";

export interface Upserted {
  readonly inserted: number;
  /** Rows that were in the mirror and were written again: changed, or seen again after an absence. */
  readonly updated: number;
}

const INCOMING = [...COLUMNS, ["content_hash", "text"] as const];
/** Columns whose change makes a version; `accessed_at` and `stats` alone make none, nor do the key and the digest. */
const DESCRIBED = COLUMNS.map(([column]) => column).filter((column) => column !== "id");
const TRACKED = DESCRIBED.filter((column) => column !== "accessed_at" && column !== "stats");

const list = (columns: readonly string[], table?: string) =>
  sql.raw(columns.map((column) => (table === undefined ? column : `${table}.${column}`)).join(", "));
const differs = (left: string, right: string) =>
  sql`(${list(TRACKED, left)}) is distinct from (${list(TRACKED, right)})`;

/**
 * Writes rows whose digest differs from what is stored, and the versions they supersede, in one statement.
 * Ids must be distinct. `nowMs`: milliseconds since the epoch, the mirror's own time for `first_seen_at` and so on.
 */
export async function upsert(
  db: Executor,
  source: string,
  rows: readonly Row[],
  nowMs: number,
): Promise<Upserted> {
  if (rows.length === 0) return { inserted: 0, updated: 0 };
  const cells = rows.map((row) => [...cellsOf(row), row.contentHash]);
  const arrays = INCOMING.map(
    ([, type], index) => sql`${sql.param(cells.map((row) => row[index]))}::text[]::${sql.raw(type)}[]`,
  );
  const names = list(INCOMING.map(([column]) => column));
  const now = sql`to_timestamp(${nowMs} / 1000.0)`;
  const { rows: answer } = await db.execute(sql`
    with incoming as (
      select * from unnest(${sql.join(arrays, sql`, `)}) as i (${names})
    ), versioned as (
      insert into apify.dataset_versions (source, id, ${list(DESCRIBED)}, valid_from, valid_to)
      select d.source, d.id, ${list(DESCRIBED, "d")}, d.changed_at, until.moment
      from incoming i
      -- A look-up for each row: joined freely, the planner would read the whole table when its statistics are old.
      cross join lateral (
        select * from apify.datasets where source = ${source} and id = i.id limit 1
      ) d
      -- A dataset that comes back after its removal leaves a gap: it was last listed before it went missing.
      cross join lateral (
        select case when d.removed_at is null then greatest(${now}, d.changed_at) else d.missing_since end as moment
      ) until
      where (${differs("d", "i")} or d.removed_at is not null) and until.moment > d.changed_at
    ), written as (
      insert into apify.datasets as d (source, ${names}, first_seen_at, changed_at)
      select ${source}, ${names}, ${now}, ${now} from incoming
      on conflict (source, id) do update set
        ${sql.raw([...DESCRIBED, "content_hash"].map((column) => `${column} = excluded.${column}`).join(", "))},
        -- By a clock that was set back what begins now must still begin after what has ended.
        changed_at = case when d.removed_at is not null then greatest(excluded.changed_at, d.changed_at, d.missing_since)
          when ${differs("d", "excluded")} then greatest(excluded.changed_at, d.changed_at) else d.changed_at end,
        missing_since = null, absent_pass = null, removed_at = null
      where d.content_hash <> excluded.content_hash or d.missing_since is not null
      returning xmax = 0 as is_new
    )
    select count(*) filter (where is_new)::int as inserted, count(*) filter (where not is_new)::int as updated
    from written`);
  return { inserted: Number(answer[0]?.["inserted"]), updated: Number(answer[0]?.["updated"]) };
}
