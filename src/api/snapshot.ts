import { sql } from "drizzle-orm";

import { inDatabase, transact } from "../mirror/database.ts";
import type { Db, Executor } from "../mirror/database.ts";
import { BEGIN_SNAPSHOT } from "../mirror/settings.ts";

/** Runs statements that read, and that all see the same state. Compiling them would take longer than running them. */
export async function inSnapshot<T>(db: Db, what: string, read: (tx: Executor) => Promise<T>): Promise<T> {
  const work = async (tx: Executor) => {
    await tx.execute(sql`set local jit = off`);
    return read(tx);
  };
  return inDatabase(what, () => transact(db, work, BEGIN_SNAPSHOT));
}
