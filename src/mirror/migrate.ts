import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { sql } from "drizzle-orm";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import { z } from "zod";

import { OperatorError } from "../core/errors.ts";
import { inDatabase } from "./database.ts";
import type { Db, Executor } from "./database.ts";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
const TABLE = { migrationsSchema: "apify", migrationsTable: "migrations" } as const;
/** Any number will do as long as nobody else locks it: "apify mirror" in a bigint's reach. */
const LOCK = 4_170_696_679;

const journalSchema = z.object({
  entries: z.array(z.object({ when: z.number(), tag: z.string() })).nonempty(),
});

export type SchemaState = "current" | "older" | "newer" | "absent";

/**
 * Brings the schema up to this program's. One migrator at a time: Drizzle's takes no lock itself.
 * A schema of a newer program is refused, since this one may not know what its columns mean.
 */
export async function migrate(db: Db): Promise<{ applied: boolean }> {
  return inDatabase("migrate the schema apify", () =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK}::bigint)`);
      const state = await schemaState(tx);
      if (state === "newer") throw newerSchema();
      if (state === "current") return { applied: false };
      // The transaction is a database to the migrator; its own transaction becomes a savepoint under our lock.
      await applyMigrations(tx as unknown as Db, { migrationsFolder: FOLDER, ...TABLE });
      return { applied: true };
    }),
  );
}

/** How the database's schema stands to this program's. */
export async function schemaState(db: Executor): Promise<SchemaState> {
  const { rows: found } = await db.execute(sql`select to_regclass('apify.migrations') is not null as exists`);
  if (found[0]?.["exists"] !== true) return "absent";
  const { rows } = await db.execute(sql`select max(created_at)::float8 as newest from apify.migrations`);
  const newest = Number(rows[0]?.["newest"] ?? 0);
  const own = newestOwn();
  return newest === own ? "current" : newest < own ? "older" : "newer";
}

export function newerSchema(): OperatorError {
  return new OperatorError("the schema apify was migrated by a newer version of this program", {
    hint: "Run the newer version, or restore a backup from before the upgrade.",
  });
}

function newestOwn(): number {
  const journal = journalSchema.parse(JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, "utf8")));
  return Math.max(...journal.entries.map((entry) => entry.when));
}
