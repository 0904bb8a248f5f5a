import { fileURLToPath } from "node:url";

import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";

import { OperatorError } from "../core/errors.ts";
import { checkDatabase, checkSchema, foreignSchema } from "./check-database.ts";
import { databaseFailure } from "./database-error.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor, Transaction } from "./database.ts";

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url));
/** Any number that nobody else locks. */
const LOCK = 4_170_696_679;
/** A migration may build an index over, or rewrite, tens of millions of rows; another process may have to wait for it. */
const TIMEOUT_MS = 24 * 3_600_000;

export type SchemaState = "current" | "older" | "newer" | "absent";

/**
 * Brings the schema up to this program's, all or nothing. Drizzle's own migrator takes no lock and skips what is
 * stamped older than the newest it applied, so only its reader of the files is used. A schema of a newer program is
 * refused, since this one may not know what its columns mean.
 */
export async function migrate(db: Db): Promise<{ applied: number }> {
  const migrateSchema = () =>
    transact(db, async (tx) => {
      await runLong(tx, `set local statement_timeout = ${TIMEOUT_MS}`);
      await runLong(tx, `select pg_advisory_xact_lock(${LOCK})`);
      await checkDatabase(tx);
      const applied = await appliedStamps(tx);
      if (standing(applied) === "newer") throw newerSchema();
      const missing = ownMigrations().filter(({ folderMillis }) => !applied.has(folderMillis));
      if (missing.length > 0) await prepare(tx, applied);
      for (const migration of missing) {
        for (const statement of migration.sql) await apply(tx, statement);
        await tx.execute(sql`
          insert into apify.migrations (hash, created_at) values (${migration.hash}, ${migration.folderMillis})`);
      }
      return { applied: missing.length };
    });
  return inDatabase("migrate the schema apify", migrateSchema, hintFor);
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
  if (state === "absent" && (await exists(db, ANY_RELATION))) throw foreignSchema();
  const what =
    state === "absent"
      ? "the database has no mirror yet"
      : "the schema apify is of an older version of this program";
  throw new OperatorError(what, {
    hint: "Run `dataset-mirror migrate`, or start the service, which migrates before its first run.",
  });
}

/** In the schema apify. */
const ANY_RELATION = anyRelationIn("apify");

function anyRelationIn(schema: string) {
  return sql`(select 1 from pg_class where relnamespace = to_regnamespace(${schema}) limit 1)`;
}

/**
 * Makes a schema for another program's tables, as trusted as the mirror's own. `table`: one that it has once that program
 * has been there; a schema with other things is refused.
 */
export async function prepareSchema(db: Db, schema: string, table: string): Promise<void> {
  await inDatabase(`prepare the schema ${schema}`, () =>
    transact(db, async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
      await createSchema(tx, schema);
      await checkSchema(tx, schema);
      const isKnown = await exists(tx, sql`to_regclass(${`${schema}.${table}`})`);
      if (!isKnown && (await exists(tx, anyRelationIn(schema)))) throw foreignSchema(schema);
    }),
  );
}

export function newerSchema(): OperatorError {
  return new OperatorError("the schema apify was migrated by a newer version of this program", {
    hint: "Run the newer version, or restore a backup from before the upgrade.",
  });
}

function hintFor(code: string): string | undefined {
  if (code === "42501") {
    return "The role of DATABASE_URL must own the schema apify and all that is in it: let an administrator alter the owner.";
  }
  if (!code.startsWith("42")) return undefined;
  return "The schema apify is not as an earlier version left it: restore a backup, or drop it and mirror everything again.";
}

/** The stamps (milliseconds since the epoch) of the migrations that were applied. */
async function appliedStamps(db: Executor): Promise<Set<number>> {
  if (!(await exists(db, sql`to_regclass('apify.migrations')`))) return new Set();
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
async function prepare(tx: Transaction, applied: ReadonlySet<number>): Promise<void> {
  await createSchema(tx, "apify");
  await checkSchema(tx, "apify");
  if (applied.size === 0 && (await exists(tx, ANY_RELATION))) throw foreignSchema();
  await tx.execute(sql`
    create table if not exists apify.migrations (id serial primary key, hash text not null, created_at bigint)`);
}

async function apply(tx: Transaction, statement: string): Promise<void> {
  const schema = /^create schema (?:if not exists )?"?(\w+)"?;?$/i.exec(statement.trim())?.[1];
  await (schema === undefined ? runLong(tx, statement) : createSchema(tx, schema));
}

/** `if not exists` would ask for the right to create a schema, even where an administrator has created it. */
async function createSchema(tx: Transaction, name: string): Promise<void> {
  if (await exists(tx, sql`to_regnamespace(${name})`)) return;
  try {
    await tx.execute(sql`create schema ${sql.identifier(name)}`);
  } catch (error) {
    const hint = `Let an administrator run, in this database: create schema ${name} authorization ROLE`;
    throw (
      databaseFailure(`create the schema ${name}`, error, (code) => (code === "42501" ? hint : undefined)) ??
      error
    );
  }
}

async function exists(db: Executor, value: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await db.execute(sql`select ${value} is not null as exists`);
  return rows[0]?.["exists"] === true;
}

async function runLong(tx: Transaction, text: string): Promise<void> {
  const statement = { text, query_timeout: TIMEOUT_MS };
  await tx.$client.query(statement);
}
