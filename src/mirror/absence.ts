import { sql } from "drizzle-orm";

import type { Coverage } from "../core/coverage.ts";
import type { Executor } from "./database.ts";

/**
 * Marks live rows inside what a proven page covers that are neither on the page nor known to be listed.
 * Returns how many were found absent for the first time.
 */
export async function markAbsent(
  db: Executor,
  source: string,
  coverage: Coverage,
  listedIds: readonly string[],
  pass: number,
  nowMs: number,
): Promise<number> {
  const { rows } = await db.execute(sql`
    with absent as (
      update apify.datasets d
      set missing_since = coalesce(d.missing_since, to_timestamp(${nowMs} / 1000.0)), absent_pass = ${pass}
      from (
        select ctid, missing_since from apify.datasets
        where source = ${source} and removed_at is null and ${within(coverage)}
          and id <> all(${sql.param([...listedIds, ...coverage.alsoSeen])}::text[])
      ) was
      where d.ctid = was.ctid
      returning was.missing_since is null as is_new
    )
    select count(*) filter (where is_new)::int as missing from absent`);
  return Number(rows[0]?.["missing"]);
}

/** The rows inside a coverage, as a condition on `created_at`. */
function within({ from, before }: Coverage) {
  const lower =
    from === null ? sql`true` : sql`created_at ${sql.raw(from.inclusive ? ">=" : ">")} ${at(from.createdAt)}`;
  return before === null ? lower : sql`${lower} and created_at < ${at(before)}`;
}

function at(ms: number) {
  return sql`to_timestamp(${ms} / 1000.0)`;
}
