import { fileURLToPath } from "node:url";

import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";

import { OperatorError } from "../core/errors.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
/** Any number that nobody else locks. */
const LOCK = 4_170_696_679;

export type SchemaState = "current" | "older" | "newer" | "absent";

/**
 * Brings the schema up to this program's, all or nothing. Drizzle's own migrator takes no lock and skips what is
 * stamped older than the newest it applied, so only its reader of the files is used. A schema of a newer program is
 * refused, since this one may not know what its columns mean.
 */
export async function migrate(db: Db): Promise<{ applied: number }> {
  return inDatabase("migrate the schema apify", () =>
    transact(db, async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK}::bigint)`);
      const applied = await appliedStamps(tx);
      if (standing(applied) === "newer") throw newerSchema();
      const missing = ownMigrations().filter(({ folderMillis }) => !applied.has(folderMillis));
      if (missing.length > 0) await prepare(tx);
      for (const migration of missing) {
        for (const statement of migration.sql) await tx.execute(sql.raw(statement));
        await tx.execute(sql`
          insert into apify.migrations (hash, created_at) values (${migration.hash}, ${migration.folderMillis})`);
      }
      return { applied: missing.length };
    }),
  );
}

/** How the database's schema stands to this program's. */
export async function schemaState(db: Executor): Promise<SchemaState> {
  return inDatabase("look at the schema apify", async () => standing(await appliedStamps(db)));
}

/** Throws an OperatorError unless the schema is of this version, for what reads and must not migrate. */
export async function requireCurrentSchema(db: Executor): Promise<void> {
  const state = await schemaState(db);
  if (state === "current") return;
  if (state === "newer") throw newerSchema();
  const what =
    state === "absent"
      ? "the database has no mirror yet"
      : "the schema apify is of an older version of this program";
  throw new OperatorError(what, {
    hint: "Run `dataset-mirror migrate`, or start the service, which migrates before its first run.",
  });
}

export function newerSchema(): OperatorError {
  return new OperatorError("the schema apify was migrated by a newer version of this program", {
    hint: "Run the newer version, or restore a backup from before the upgrade.",
  });
}

/** The stamps (milliseconds since the epoch) of the migrations that were applied. */
async function appliedStamps(db: Executor): Promise<Set<number>> {
  const { rows: found } = await db.execute(sql`select to_regclass('apify.migrations') is not null as exists`);
  if (found[0]?.["exists"] !== true) return new Set();
  const { rows } = await db.execute(sql`select created_at::float8 as stamp from apify.migrations`);
  return new Set(rows.map((row) => Number(row["stamp"])));
}

function standing(applied: ReadonlySet<number>): SchemaState {
  const own = ownMigrations().map(({ folderMillis }) => folderMillis);
  if (applied.size === 0) return "absent";
  if ([...applied].some((stamp) => !own.includes(stamp))) return "newer";
  return own.every((stamp) => applied.has(stamp)) ? "current" : "older";
}

function ownMigrations() {
  return readMigrationFiles({ migrationsFolder: FOLDER });
}

/** The migrations' own table, in the layout of Drizzle's. */
async function prepare(db: Executor): Promise<void> {
  await db.execute(sql`create schema if not exists apify`);
  await db.execute(sql`
    create table if not exists apify.migrations (id serial primary key, hash text not null, created_at bigint)`);
}
