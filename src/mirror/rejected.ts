import { sql } from "drizzle-orm";

import type { Executor } from "./database.ts";

/** An item that cannot be mirrored. */
export interface Rejected {
  /** Index in the list. */
  readonly offset: number;
  /** Null where that is the trouble. */
  readonly id: string | null;
  readonly reason: string;
  /** The item as JSON that Postgres can hold; null if it is too large to be kept. */
  readonly item: string | null;
}

/** Keeps what is not kept yet: young and overlapping rows are read again and again, and a bad item is bad each time. */
export async function keepRejected(
  db: Executor,
  runId: number,
  source: string,
  rejected: readonly Rejected[],
): Promise<void> {
  if (rejected.length === 0) return;
  await db.execute(sql`
    insert into apify.rejected_items (run_id, source, "offset", reason, item)
    select ${runId}, ${source}, i.* from unnest(
      ${sql.param(rejected.map((item) => item.offset))}::bigint[],
      ${sql.param(rejected.map((item) => item.reason))}::text[],
      ${sql.param(rejected.map((item) => item.item))}::text[]::jsonb[]
    ) i ("offset", reason, item)
    where not exists (
      select 1 from apify.rejected_items r
      where r.source = ${source} and r.reason = i.reason and r.item is not distinct from i.item
    )`);
}

/** Deeper or longer items are not kept whole. */
const ITEM_CHARACTERS_MAX = 100_000;

/**
 * JSON of anything the API may send, without what jsonb cannot hold: NUL characters and lone surrogates stand as
 * visible escapes. Null if it is nested too deeply to be written or too long to be kept.
 */
export function storableJson(item: unknown): string | null {
  let json: string;
  try {
    json = JSON.stringify(item);
  } catch {
    return null;
  }
  if (json.length > ITEM_CHARACTERS_MAX) return null;
  // JSON.stringify escapes a lone surrogate as \ud8.. and leaves pairs as they are.
  return json.replaceAll(/(?<=(?:^|[^\\])(?:\\\\)*)\\(u0000|ud[89a-f][0-9a-f]{2})/g, String.raw`\\$1`);
}
