import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Ownership } from "../apify/contract.ts";
import { ITEM_COLUMNS } from "./item-json.ts";

/** A list of an account: which of its rows, and as of when. */
export interface View {
  readonly source: string;
  readonly filter: Filter;
  /** A moment of the past as text that Postgres reads, or null for the list as it is. */
  readonly asOf: string | null;
}

export interface Filter {
  readonly unnamed: boolean;
  readonly owned: { readonly ownership: Ownership; readonly ownerId: string } | null;
}

/** Names a filter: equal for filters that show the same rows. */
export function keyOf({ unnamed, owned }: Filter): string {
  return `${unnamed ? "all" : "named"}:${owned?.ownership ?? "any"}`;
}

export const EVERYTHING: Filter = { unnamed: true, owned: null };

/** Whether a row of `rowsOf` is shown. */
export function isShown({ filter: { unnamed, owned } }: View, row: string): SQL {
  const table = sql.raw(row);
  const conditions = [sql`${table}.is_listed`];
  if (!unnamed) conditions.push(sql`${table}.name is not null`);
  if (owned?.ownership === "ownedByMe") conditions.push(sql`${table}.user_id = ${owned.ownerId}`);
  if (owned?.ownership === "sharedWithMe")
    conditions.push(sql`${table}.user_id is distinct from ${owned.ownerId}`);
  return sql.join(conditions, sql` and `);
}

/**
 * The account's rows as of the view's moment, those that it does not list included, which are not `is_listed`. `within` is a
 * condition on `created_at`, which never changes.
 */
export function rowsOf({ source, asOf }: View, within: SQL): SQL {
  if (asOf === null) {
    return sql`(select ${columns("d")}, true as is_listed from apify.datasets d
      where d.source = ${source} and d.missing_since is null and ${within})`;
  }
  const moment = sql`${asOf}::timestamptz`;
  const then = ITEM_COLUMNS.map(
    (column) => `case when v.id is null then d.${column} else v.${column} end as ${column}`,
  );
  // Two scans, as each has an index by created_at.
  const ever = sql.join(
    [sql`missing_since is null`, sql`missing_since is not null`].map(
      (which) => sql`select * from apify.datasets d where d.source = ${source} and ${which} and ${within}`,
    ),
    sql` union all `,
  );
  return sql`(select ${sql.raw(then.join(", "))}, case when d.changed_at > ${moment} then v.id is not null
      else d.missing_since is null or d.missing_since > ${moment} end as is_listed
    from (${ever}) d left join lateral (
      select v.* from apify.dataset_versions v
      where d.changed_at > ${moment} and v.source = d.source and v.id = d.id
        and v.valid_from <= ${moment} and v.valid_to > ${moment}
    ) v on true)`;
}

function columns(table: string): SQL {
  return sql.raw(ITEM_COLUMNS.map((column) => `${table}.${column}`).join(", "));
}
