import { sql } from "drizzle-orm";

import { inDatabase, transact } from "../database.ts";
import type { Db, Executor } from "../database.ts";

/** Seconds that a query of an operator's page may take: the pages of a run matter more. */
const STATEMENT_S_MAX = 10;

/** Runs queries in a read-only transaction; the server itself cancels one that takes too long. */
export async function readOnlyQuery<T>(db: Db, what: string, read: (tx: Executor) => Promise<T>): Promise<T> {
  return inDatabase(what, () =>
    transact(db, async (tx) => {
      await tx.execute(sql`select set_config('transaction_read_only', 'on', true),
        set_config('statement_timeout', ${`${STATEMENT_S_MAX}s`}, true)`);
      return read(tx);
    }),
  );
}
