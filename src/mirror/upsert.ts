import { sql } from "drizzle-orm";

import type { Executor } from "./database.ts";
import { COLUMNS, valuesOf } from "./row.ts";
import type { Row } from "./row.ts";

export interface Upserted {
  readonly inserted: number;
  /** Rows that were in the mirror and were written again: changed, or seen again after an absence. */
  readonly updated: number;
  /** Of those, the ones that were absent. */
  readonly returned: number;
}

const INCOMING = [...COLUMNS, { name: "content_hash", type: "text" }];
/** Columns whose change makes a version; `accessed_at` and `stats` alone make none, nor do the key and the digest. */
const DESCRIBED = COLUMNS.map(({ name }) => name).filter((name) => name !== "id");
const TRACKED = DESCRIBED.filter((name) => name !== "accessed_at" && name !== "stats");

const list = (columns: readonly string[], table?: string) =>
  sql.raw(columns.map((column) => (table === undefined ? column : `${table}.${column}`)).join(", "));
const differs = (left: string, right: string) =>
  sql`(${list(TRACKED, left)}) is distinct from (${list(TRACKED, right)})`;

/**
 * Writes rows whose digest differs from what is stored, and the versions they supersede, in one statement.
 * Ids must be distinct. `at`: time of the commit, as text.
 */
export async function upsert(
  db: Executor,
  source: string,
  rows: readonly Row[],
  at: string,
): Promise<Upserted> {
  if (rows.length === 0) return { inserted: 0, updated: 0, returned: 0 };
  const values = rows.map((row) => [...valuesOf(row), row.contentHash]);
  const arrays = INCOMING.map(
    ({ type }, index) => sql`${sql.param(values.map((row) => row[index]))}::text[]::${sql.raw(type)}[]`,
  );
  const names = list(INCOMING.map(({ name }) => name));
  const now = sql`${at}::timestamptz`;
  const { rows: answer } = await db.execute<Record<keyof Upserted, number>>(sql`
    with incoming as materialized (
      select * from unnest(${sql.join(arrays, sql`, `)}) as i (${names})
    ), stored as materialized (
      -- A look-up for each row: joined freely, the planner would read the whole table when its statistics are old.
      select d.* from incoming i cross join lateral (
        select * from apify.datasets where source = ${source} and id = i.id limit 1
      ) d
    ), versioned as (
      insert into apify.dataset_versions (source, id, ${list(DESCRIBED)}, valid_from, valid_to)
      select d.source, d.id, ${list(DESCRIBED, "d")}, d.changed_at, until.moment
      from incoming i join stored d on d.id = i.id
      -- A dataset that comes back leaves a gap: it was listed until it went missing.
      cross join lateral (
        select case when d.missing_since is null then greatest(${now}, d.changed_at) else d.missing_since end as moment
      ) until
      where (${differs("d", "i")} or d.missing_since is not null) and until.moment > d.changed_at
    ), written as (
      insert into apify.datasets as d (source, ${names}, first_seen_at, changed_at, written_at)
      select ${source}, ${names}, ${now}, ${now}, ${now} from incoming
      on conflict (source, id) do update set
        ${sql.raw([...DESCRIBED, "content_hash", "written_at"].map((column) => `${column} = excluded.${column}`).join(", "))},
        -- By a clock that was set back what begins now must still begin after what has ended.
        changed_at = case when d.missing_since is not null then greatest(excluded.changed_at, d.changed_at, d.missing_since)
          when ${differs("d", "excluded")} then greatest(excluded.changed_at, d.changed_at) else d.changed_at end,
        missing_since = null, removed_at = null
      where d.content_hash <> excluded.content_hash or d.missing_since is not null
      returning d.id
    )
    select count(*) filter (where s.id is null)::int as inserted, count(s.id)::int as updated,
      count(s.missing_since)::int as returned
    from written w left join stored s on s.id = w.id`);
  return answer[0] ?? { inserted: 0, updated: 0, returned: 0 };
}

const VERSIONED = list(["source", "id", ...DESCRIBED]);

/**
 * Ends the absence of rows that are listed though their item cannot be mirrored: they are live again as they were.
 * Returns how many were absent.
 */
export async function endAbsence(
  db: Executor,
  source: string,
  ids: readonly string[],
  at: string,
): Promise<number> {
  if (ids.length === 0) return 0;
  const { rows } = await db.execute<{ returned: number }>(sql`
    with absent as materialized (
      select * from apify.datasets
      where source = ${source} and id = any(${sql.param([...ids])}::text[]) and missing_since is not null
    ), versioned as (
      insert into apify.dataset_versions (${VERSIONED}, valid_from, valid_to)
      select ${VERSIONED}, changed_at, missing_since from absent where missing_since > changed_at
    ), back as (
      update apify.datasets d set missing_since = null, removed_at = null, written_at = ${at}::timestamptz,
        changed_at = greatest(${at}::timestamptz, d.changed_at, d.missing_since)
      from absent where d.source = ${source} and d.id = absent.id
      returning 1
    )
    select count(*)::int as returned from back`);
  return rows[0]?.returned ?? 0;
}
