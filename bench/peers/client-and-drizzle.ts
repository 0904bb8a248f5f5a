/** What one would write without much thought: the official client page by page, and Drizzle's multi-row upsert. */
import { ApifyClient } from "apify-client";
import { getTableColumns, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";

import { datasets } from "../../src/mirror/schema.ts";
import { timed } from "../support/timed.ts";
import type { Took } from "../support/timed.ts";

export interface PlainOrder {
  readonly database: string;
  readonly api: string;
  readonly token: string;
  readonly datasets: number;
}

const PAGE = 1000;
const {
  source: _source,
  id: _id,
  first_seen_at: _seen,
  inflated_bytes: _bytes,
  ...written
} = getTableColumns(datasets);
const set = Object.fromEntries(Object.keys(written).map((name) => [name, sql.raw(`excluded.${name}`)]));

export async function run(order: PlainOrder): Promise<Took> {
  const pool = new Pool({ connectionString: order.database, max: 1 });
  try {
    return await timed(() => copyAll(order, drizzle({ client: pool })));
  } finally {
    await pool.end();
  }
}

async function copyAll(order: PlainOrder, db: ReturnType<typeof drizzle>): Promise<void> {
  const list = new ApifyClient({ baseUrl: order.api, token: order.token }).datasets();
  for (let offset = 0; offset < order.datasets; offset += PAGE) {
    const page = await list.list({ offset, limit: PAGE, unnamed: true });
    const now = new Date();
    const rows = page.items.map((item) => ({
      source: "default",
      id: item.id,
      name: item.name ?? null,
      title: item.title ?? null,
      user_id: item.userId,
      username: item.username ?? null,
      created_at: item.createdAt,
      modified_at: item.modifiedAt,
      accessed_at: item.accessedAt,
      item_count: item.itemCount,
      clean_item_count: item.cleanItemCount ?? null,
      act_id: item.actId ?? null,
      act_run_id: item.actRunId ?? null,
      general_access: item.generalAccess ?? null,
      stats: item.stats,
      content_hash: item.id,
      first_seen_at: now,
      changed_at: now,
      written_at: now,
    }));
    await db
      .insert(datasets)
      .values(rows)
      .onConflictDoUpdate({ target: [datasets.source, datasets.id], set });
  }
}
