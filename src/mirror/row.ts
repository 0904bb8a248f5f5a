import { hash } from "node:crypto";

import { itemSchema } from "../apify/contract.ts";
import type { Item } from "../apify/contract.ts";
import type { Listed } from "../core/page.ts";

/** A dataset as it goes into the mirror. */
export interface Row extends Listed {
  readonly item: Item;
  /** Digest of all that the API said of the dataset. */
  readonly contentHash: string;
}

export function toRow(item: Item, createdAt: number): Row {
  return { id: item.id, createdAt, item, contentHash: hash("sha256", JSON.stringify(item), "base64") };
}

/** A value of a column as text; Postgres reads it by the column's type. */
type Cell = string | number | null | undefined;

/** The columns that rows bring and how each is read from one; SQL types are those of `datasets`. */
export const INCOMING: ReadonlyArray<readonly [column: string, type: string, read: (row: Row) => Cell]> = [
  ["id", "text", (row) => row.id],
  ["name", "text", ({ item }) => item.name],
  ["title", "text", ({ item }) => item.title],
  ["user_id", "text", ({ item }) => item.userId],
  ["username", "text", ({ item }) => item.username],
  ["created_at", "timestamptz", ({ item }) => item.createdAt],
  ["modified_at", "timestamptz", ({ item }) => item.modifiedAt],
  ["accessed_at", "timestamptz", ({ item }) => item.accessedAt],
  ["item_count", "bigint", ({ item }) => item.itemCount],
  ["clean_item_count", "bigint", ({ item }) => item.cleanItemCount],
  ["act_id", "text", ({ item }) => item.actId],
  ["act_run_id", "text", ({ item }) => item.actRunId],
  ["general_access", "text", ({ item }) => item.generalAccess],
  ["stats", "jsonb", ({ item }) => (item.stats ? JSON.stringify(item.stats) : null)],
  ["extra", "jsonb", ({ item }) => extraOf(item)],
  ["content_hash", "text", (row) => row.contentHash],
];

const KNOWN: ReadonlySet<string> = new Set(Object.keys(itemSchema.shape));

/** Every key that has no column, as JSON; null if there is none. */
function extraOf(item: Item): string | null {
  const rest = Object.entries(item).filter(([key]) => !KNOWN.has(key));
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
}
