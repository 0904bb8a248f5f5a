import { sql } from "drizzle-orm";

import { isoText } from "../mirror/database-clock.ts";
import type { Db } from "../mirror/database.ts";
import { inSnapshot } from "./snapshot.ts";

/** When the mirror saw the first dataset of an account, as text that sorts; null if it has seen none. */
export async function readFirstSight(db: Db, source: string): Promise<string | null> {
  return inSnapshot(db, "look for the beginning of the history", async (tx) => {
    const { rows } = await tx.execute<{ at: string | null }>(sql`
      select ${isoText(sql`min(first_seen_at)`)} as at from apify.datasets where source = ${source}`);
    return rows[0]?.at ?? null;
  });
}
