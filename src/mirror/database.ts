import { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { drizzle } from "drizzle-orm/node-postgres";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { Client, Pool } from "pg";
import type { ClientConfig, PoolClient, QueryConfig, QueryResult } from "pg";

import { OperatorError, messageOf } from "../core/errors.ts";
import { addressOf, checked } from "./checked-socket.ts";
import { databaseFailure, rootOf } from "./database-error.ts";
import type { HintFor } from "./database-hints.ts";
import { REQUIRE_SCRAM, ScramClient } from "./embedded/scram-client.ts";
import { BEGIN, STATEMENT_TIMEOUT_MS } from "./settings.ts";

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

/**
 * Opens a pool; no connection is made before the first statement. Works behind PgBouncer in transaction mode:
 * no named prepared statements, no session state.
 */
export function openDatabase(
  url: string,
  onIdleError: (error: Error) => void = () => {},
  connectionsMax = CONNECTIONS_MAX,
): Database {
  const pool = new Pool({
    Client: url.includes(REQUIRE_SCRAM) ? ScramClient : ClosingClient,
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // By the client's clock, should the server not answer; as a startup parameter PgBouncer would refuse it.
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "apify-dataset-mirror",
  });
  // Without a listener an idle connection that the server closes would end the process.
  pool.on("error", onIdleError);
  // The pool listens to idle ones only: one that is cut between two statements of a transaction would end it too. The
  // next statement on it fails and reports it.
  pool.on("connect", (client) => void client.on("error", () => {}));
  Object.assign(pool, {
    query: (config: QueryConfig, values?: unknown[]) => queryAlone(pool, config, values),
  });
  let closing: Promise<void> | undefined;
  return {
    db: drizzle({ client: pool }),
    pool,
    [Symbol.asyncDispose]: () => (closing ??= pool.end()),
  };
}

/** Runs a statement in a transaction of its own. The three commands are sent together and cost one round trip. */
async function queryAlone(pool: Pool, config: QueryConfig, values?: unknown[]): Promise<QueryResult> {
  return withClient(pool, async (client) => {
    // Not for the whole pool: pg refuses COPY on a connection that is in this mode.
    const pipeline = Object.assign(client, { pipeline: true });
    const begun = pipeline.query(BEGIN);
    const answered = pipeline.query(config, values);
    const committed = pipeline.query("commit");
    const [, result] = await Promise.all([begun, answered, committed]);
    pipeline.pipeline = false;
    return result;
  });
}

/**
 * pg keeps a connection open that fails while it is being made, for lack of a password for example, until the server
 * times out: the process could not end for a minute.
 */
class ClosingClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, stream: () => understood(new Socket()) });
    this.connection.once("error", () => this.connection.stream.destroy());
    this.connection.once("sslconnect", () => void understood(this.connection.stream));
  }
}

function understood<S extends Duplex>(socket: S): S {
  return checked(
    socket,
    (what) =>
      new OperatorError(`what answers on ${addressOf(socket)} is not understood: ${what}`, {
        hint:
          "Is it PostgreSQL that DATABASE_URL leads to? If it asks for a login by GSSAPI or SSPI, let its pg_hba.conf " +
          "take scram-sha-256 for this role and host.",
      }),
  );
}

/** Where the database is, without anything secret. Makes no connection. */
export function placeOf({ pool }: Database): { host: string; port: number; database: string } {
  const { host, port, database = "" } = new Client(pool.options);
  return { host, port, database };
}

/**
 * Runs `work` in a transaction of its own. Drizzle's would keep a connection for ever whose `begin` fails, as it does
 * when the server has gone: the pool would be empty after a few.
 */
export async function transact<T>(
  db: Db,
  work: (tx: Transaction) => Promise<T>,
  begin: string = BEGIN,
): Promise<T> {
  return withClient(db.$client, async (client) => {
    await client.query(begin);
    const result = await work(drizzle({ client }));
    await client.query("commit");
    return result;
  });
}

/** Lends a connection. Whatever fails, it is closed, and the server rolls back. */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isDone = false;
  try {
    const result = await work(client);
    isDone = true;
    return result;
  } finally {
    client.release(!isDone);
  }
}

/**
 * Runs a statement or a transaction; failures are reported in an operator's words, without the statement's parameters.
 * `hint` says what to do about a failure by its SQLSTATE, where the work knows better than the usual advice.
 */
export async function inDatabase<T>(what: string, work: () => Promise<T>, hint?: HintFor): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const root = rootOf(error);
    if (root instanceof OperatorError) throw root;
    throw databaseFailure(what, error, hint) ?? new Error(`${what}: ${messageOf(root)}`, { cause: root });
  }
}
