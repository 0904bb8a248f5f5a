import { getTableColumns, getTableName, is, sql } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";

import { OperatorError } from "../core/errors.ts";
import { holderOf } from "./begin-run.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor, Transaction } from "./database.ts";
import { takeLease } from "./lease.ts";
import * as schema from "./schema.ts";

/** Rows of an account, by the name of their table; tables without any are left out. */
export type RowCounts = ReadonlyMap<string, number>;

/** Deleting tens of millions of rows takes longer than other statements may. */
const TIMEOUT_MS = 24 * 3_600_000;

/** Every table whose rows belong to an account; a table that refers to another comes before it. */
const TABLES = Object.values(schema)
  .toReversed()
  .filter((value) => is(value, PgTable))
  .filter((table) => "source" in getTableColumns(table))
  .map((table) => getTableName(table));

/** Counts the rows of an account. Throws an OperatorError that names the known accounts if it is none of them. */
export async function countRows(db: Db, source: string): Promise<RowCounts> {
  return inDatabase("count the rows of an account", async () => {
    await requireSource(db, source);
    const counts = TABLES.map(async (table) => {
      const { rows } = await db.execute(
        sql`select count(*)::float8 as count from apify.${sql.identifier(table)} where source = ${source}`,
      );
      return [table, Number(rows[0]?.["count"])] as const;
    });
    return present(await Promise.all(counts));
  });
}

/**
 * Deletes an account and every row of it, all or nothing. Throws an OperatorError while a process holds its lease, which
 * would otherwise mirror it again.
 */
export async function forgetSource(db: Db, source: string, holder: string): Promise<RowCounts> {
  return inDatabase("forget an account", () =>
    transact(db, async (tx) => {
      await requireSource(tx, source);
      const lease = await takeLease(tx, source, holder, false);
      if (lease === null) throw inUse(source, await holderOf(tx, source));
      await tx.execute(sql.raw(`set local statement_timeout = ${TIMEOUT_MS}`));
      const counts: Array<readonly [string, number]> = [];
      for (const table of TABLES) counts.push([table, await deleteRows(tx, table, source)]);
      await tx.execute(sql`delete from apify.sources where name = ${source}`);
      return present(counts);
    }),
  );
}

async function deleteRows(tx: Transaction, table: string, source: string): Promise<number> {
  const statement = {
    text: `delete from apify.${table} where source = $1`,
    values: [source],
    query_timeout: TIMEOUT_MS,
  };
  return (await tx.$client.query(statement)).rowCount ?? 0;
}

function present(counts: readonly (readonly [string, number])[]): RowCounts {
  return new Map(counts.filter(([, count]) => count > 0));
}

/** The accounts that the mirror knows, in order. */
export async function sourceNames(db: Executor): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(sql`select name from apify.sources order by name`);
  return rows.map(({ name }) => name);
}

async function requireSource(db: Executor, source: string): Promise<void> {
  const names = await sourceNames(db);
  if (names.includes(source)) return;
  throw new OperatorError(`the mirror has no account ${JSON.stringify(source)}`, {
    hint:
      names.length === 0
        ? "It has no accounts at all."
        : `It has ${names.map((name) => JSON.stringify(name)).join(", ")}.`,
  });
}

function inUse(source: string, holder: string): OperatorError {
  return new OperatorError(`the account ${JSON.stringify(source)} is being mirrored by ${holder}`, {
    hint: "Stop that process first; a crashed one lets go within a minute.",
  });
}
