import { sql } from "drizzle-orm";

import { readAccountState, stateOf } from "./account-state.ts";
import type { AccountState } from "./account-state.ts";
import type { Executor } from "../mirror/database.ts";
import { itemCells, itemJson } from "./item-json.ts";
import type { ItemCells } from "./item-json.ts";
import type { Place } from "./offset-index.ts";
import { isShown, rowsOf } from "./rows.ts";
import type { View } from "./rows.ts";

export interface PageItems {
  /** JSON of the items, with commas between them. Bytes, since strings of this size make V8 collect garbage all the time. */
  readonly items: Buffer;
  readonly count: number;
  /** Of the moment at which the page was read; null if the account is not mirrored any more. */
  readonly state: AccountState | null;
}

/** Keeps the planner, which cannot see how short the ranges are, from walking over the list and comparing each row with them. */
const FENCE = sql`offset 0`;

/** The rows of a place in the order of the list: by creation, and by id where that is the same. */
export async function readItems(db: Executor, view: View, place: Place, desc: boolean): Promise<PageItems> {
  const { ranges, skip, count } = place;
  const within = sql`created_at between to_timestamp(range.first / 1000) and to_timestamp(range.last / 1000)`;
  const direction = sql.raw(desc ? "desc" : "asc");
  // The state comes with the first row, so that both are of one moment.
  const { rows } = await db.execute<ItemCells & { state: AccountState | null }>(sql`
    select ${sql.raw(itemCells("r"))}, case when row_number() over () = 1 then ${stateOf(view.source)} end as state
    from (
      select r.* from unnest(${sql.param(ranges.map(({ from }) => from))}::float8[],
        ${sql.param(ranges.map(({ to }) => to))}::float8[]) range (first, last)
      cross join lateral (select * from ${rowsOf(view, within)} r where ${isShown(view, "r")} ${FENCE}) r
      order by r.created_at ${direction}, r.id collate "C" ${direction}
      offset ${skip}::bigint limit ${count}::int
    ) r`);
  // Without a row, the state of a later moment tells as well whether anything was written in between.
  const state = rows[0] === undefined ? await readAccountState(db, view.source) : rows[0].state;
  const items = rows.map((row, nth) => Buffer.from(nth === 0 ? itemJson(row) : `,${itemJson(row)}`));
  return { items: Buffer.concat(items), count: rows.length, state };
}
