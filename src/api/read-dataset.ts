import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import type { Executor } from "../mirror/database.ts";
import { itemCells, itemJson } from "./item-json.ts";
import type { ItemCells } from "./item-json.ts";
import { isShown, rowsOf } from "./rows.ts";
import type { View } from "./rows.ts";

/** One dataset as JSON, by its id or by `username~name`; null if the view's list does not show it. */
export async function readDataset(db: Executor, view: View, called: string): Promise<string | null> {
  // Postgres holds no NUL, and neither does an id.
  if (called.includes("\0")) return null;
  const [, username, name] = /^([^~]+)~(.+)$/s.exec(called) ?? [];
  if (username === undefined || name === undefined) {
    return readOne(db, view, sql`d.id = ${called}`, sql`true`);
  }
  const isCalledSo = sql`r.username = ${username} and r.name = ${name}`;
  return readOne(db, view, wasNamed(view, name), isCalledSo);
}

async function readOne(db: Executor, view: View, within: SQL, condition: SQL): Promise<string | null> {
  const { rows } = await db.execute<ItemCells>(sql`
    select ${sql.raw(itemCells("r"))} from ${rowsOf(view, within)} r where ${isShown(view, "r")} and ${condition} limit 1`);
  return rows[0] === undefined ? null : itemJson(rows[0]);
}

/** In the past a dataset may have had another name than today. */
function wasNamed({ source, asOf }: View, name: string): SQL {
  if (asOf === null) return sql`d.name = ${name}`;
  return sql`d.id in (
    select id from apify.datasets where source = ${source} and name = ${name}
    union select id from apify.dataset_versions where source = ${source} and name = ${name}
  )`;
}
