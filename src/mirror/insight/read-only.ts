import { sql } from "drizzle-orm";

import { inDatabase, transact } from "../database.ts";
import type { Db, Executor } from "../database.ts";

/** Seconds a statement for the status page may take; the pages of a run matter more. */
const STATEMENT_S_MAX = 10;

/** Runs statements that only look, and that the server itself ends when they take too long. */
export async function readOnlyQuery<T>(db: Db, what: string, look: (tx: Executor) => Promise<T>): Promise<T> {
  return inDatabase(what, () =>
    transact(db, async (tx) => {
      await tx.execute(sql`set transaction read only`);
      await tx.execute(sql`select set_config('statement_timeout', ${`${STATEMENT_S_MAX}s`}, true)`);
      return look(tx);
    }),
  );
}

/** Milliseconds since the epoch as a moment of the database. */
export function timestampOf(ms: number) {
  return sql`to_timestamp(${ms}::float8 / 1000)`;
}
