import { sql } from "drizzle-orm";

import { inDatabase, transact } from "../mirror/database.ts";
import type { Db, Executor } from "../mirror/database.ts";

/** Reading over all rows of ten million takes some ten seconds. */
const STATEMENT_S_MAX = 60;

/** Runs statements that read, and that all see the same state. */
export async function inSnapshot<T>(db: Db, what: string, read: (tx: Executor) => Promise<T>): Promise<T> {
  return inDatabase(what, () =>
    transact(db, async (tx) => {
      await tx.execute(sql`set transaction isolation level repeatable read, read only`);
      await tx.execute(sql`select set_config('statement_timeout', ${`${STATEMENT_S_MAX}s`}, true),
        set_config('jit', 'off', true)`);
      return read(tx);
    }),
  );
}
