import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import type { PoolClient } from "pg";

import { OperatorError, messageOf } from "../core/errors.ts";
import { databaseFailure, rootOf } from "./database-error.ts";

export type Db = NodePgDatabase & { $client: Pool };
/** What a statement runs on: a transaction, or the pool for a statement of its own. */
export type Executor = Pick<Db, "execute">;
/** A transaction, with its connection for what Drizzle cannot say. */
export type Transaction = Executor & { readonly $client: PoolClient };

export interface Database extends AsyncDisposable {
  readonly db: Db;
  readonly pool: Pool;
}

/** A page is committed and the lease is renewed at the same time; the rest is for status page and metrics. */
const CONNECTIONS_MAX = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** Bounds one statement by the client's clock: as a startup parameter PgBouncer would refuse it. */
const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * How long the server waits for the next statement of a transaction. A process that was stopped inside one, or lost its
 * network, would hold the lock of the lease for ever, and nobody could take over; now it does for less than the lease lasts.
 */
const BEGIN = sql.raw("begin; set local idle_in_transaction_session_timeout = '20s'");

/**
 * Opens a pool; no connection is made before the first statement. Works behind PgBouncer in transaction mode:
 * no named prepared statements, no session state.
 */
export function openDatabase(url: string, onIdleError: (error: Error) => void = () => {}): Database {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "apify-dataset-mirror",
  });
  // Without a listener an idle connection that the server closes would end the process.
  pool.on("error", onIdleError);
  // The pool listens to idle ones only: one that is cut between two statements of a transaction would end it too. The
  // next statement on it fails, and tells.
  pool.on("connect", (client) => void client.on("error", () => {}));
  let closing: Promise<void> | undefined;
  return {
    db: drizzle({ client: pool }),
    pool,
    [Symbol.asyncDispose]: () => (closing ??= pool.end()),
  };
}

/**
 * Runs `work` in a transaction of its own. Drizzle's would keep a connection for ever whose `begin` fails, as it does
 * when the server has gone: the pool would be empty after a few. Whatever fails, the connection is closed, and the
 * server rolls back.
 */
export async function transact<T>(db: Db, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await db.$client.connect();
  let isDone = false;
  try {
    const tx = drizzle({ client });
    await tx.execute(BEGIN);
    const result = await work(tx);
    await tx.execute(sql`commit`);
    isDone = true;
    return result;
  } finally {
    client.release(!isDone);
  }
}

/** Runs a statement or a transaction; what fails is told in an operator's words, without the statement's parameters. */
export async function inDatabase<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const root = rootOf(error);
    throw databaseFailure(what, error) ?? new Error(`${what}: ${messageOf(root)}`, { cause: root });
  }
}
