import { realpath } from "node:fs/promises";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { OperatorError, codeOf, messageOf } from "../../core/errors.ts";
import { NAME } from "./cluster.ts";
import type { Home } from "./home.ts";

/** `owner`: the service, of which there is one; `guest`: any other command, of which there may be many. */
export type Role = "owner" | "guest";

/**
 * The place a process holds in the server: one idle connection with session-level advisory locks, which vanish with
 * the process however it ends. Every process shares the lock USERS; the owner alone holds OWNER. Who leaves and gets
 * USERS for itself was the last one, and stops the server.
 */
export interface Session extends AsyncDisposable {
  /** False once the connection is gone: the server has stopped or somebody has cut it. */
  isAlive(): Promise<boolean>;
  /** True if nobody else uses the server; newcomers then wait until this connection ends. */
  leave(): Promise<boolean>;
}

/** Two-number keys of advisory locks in the database `postgres`. */
const USERS = "hashtext('dataset-mirror'), 1";
const OWNER = "hashtext('dataset-mirror'), 2";

/** Undefined: no server of this folder takes connections at this port (yet, or any more). */
export async function joinServer(
  home: Home,
  port: number,
  password: string,
  role: Role,
  pid: number,
  onLost: (reason: string) => void,
): Promise<Session | undefined> {
  const connection = await connect(home, port, password, `dataset-mirror ${role}, pid ${pid}`, onLost);
  if (connection === undefined) return undefined;
  const { client } = connection;
  try {
    if (role === "owner" && !(await isTrue(client, `pg_try_advisory_lock(${OWNER})`))) {
      throw await inUse(client, home);
    }
    await client.query(`select pg_advisory_lock_shared(${USERS})`);
    await createDatabase(client);
  } catch (error) {
    const lost = connection.isLost();
    await connection[Symbol.asyncDispose]();
    if (lost || isShuttingDown(error)) return undefined;
    throw error;
  }
  return {
    isAlive: async () => !connection.isLost() && isTrue(client, "true").catch(() => false),
    async leave() {
      connection.expectEnd();
      try {
        await client.query("select pg_advisory_unlock_all()");
        return await isTrue(client, `pg_try_advisory_lock(${USERS})`);
      } catch (error) {
        if (connection.isLost() || isShuttingDown(error)) return false;
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

interface Connection extends AsyncDisposable {
  readonly client: Client;
  isLost(): boolean;
  /** From now on the end of the connection is no news. */
  expectEnd(): void;
}

const END_MS_MAX = 5000;

async function connect(
  home: Home,
  port: number,
  password: string,
  name: string,
  onLost: (reason: string) => void,
): Promise<Connection | undefined> {
  const socket = new Socket();
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: NAME,
    password,
    database: "postgres",
    ssl: false,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    stream: () => socket,
  });
  let [lost, quiet] = [false, true];
  const lose = (reason: string) => {
    if (!lost && !quiet) onLost(reason);
    lost = true;
  };
  client.on("error", (error) => lose(messageOf(error)));
  client.on("end", () => lose("the connection ended"));
  const close = async () => {
    quiet = true;
    await Promise.race([client.end().catch(() => undefined), sleep(END_MS_MAX, undefined, { ref: false })]);
    socket.destroy();
  };
  try {
    await client.connect();
    if (await isOurs(client, home)) {
      quiet = false;
      return {
        client,
        isLost: () => lost,
        expectEnd: () => void (quiet = true),
        [Symbol.asyncDispose]: close,
      };
    }
  } catch (error) {
    await close();
    if (codeOf(error) === "28P01") throw wrongPassword(home, error);
    return undefined;
  }
  await close();
  return undefined;
}

/** Not so for a copy of the folder, whose server knows the same password. */
async function isOurs(client: Client, home: Home): Promise<boolean> {
  const { rows } = await client.query<{ folder: string }>(
    "select current_setting('data_directory') as folder",
  );
  const folder = rows[0]?.folder;
  return folder !== undefined && (await realpath(folder)) === (await realpath(home.data));
}

async function isTrue(client: Client, expression: string): Promise<boolean> {
  const { rows } = await client.query<{ answer: boolean }>(`select ${expression} as answer`);
  return rows[0]?.answer === true;
}

async function createDatabase(client: Client): Promise<void> {
  if (await isTrue(client, `exists (select from pg_database where datname = '${NAME}')`)) return;
  await client.query(`create database ${NAME}`).catch((error: unknown) => {
    // 42P04 and 23505: another process has made it in this moment.
    if (!["42P04", "23505"].includes(codeOf(error) ?? "")) throw error;
  });
}

async function inUse(client: Client, home: Home): Promise<OperatorError> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and objsubid = 2
       and classid = (hashtext('dataset-mirror')::bigint & 4294967295)::oid and objid = 2`,
  );
  const holder = rows[0]?.name.split(", ").at(-1) ?? "another process";
  return new OperatorError(
    `the embedded database in ${home.dataDir} is in use by another service (${holder})`,
    {
      hint: "Stop that one first, or give this one a DATA_DIR and an EMBEDDED_PORT of its own.",
    },
  );
}

function wrongPassword(home: Home, cause: unknown): OperatorError {
  return new OperatorError(`the embedded Postgres does not take the password in ${home.passfile}`, {
    hint: `Somebody has changed it: write the new one there, in the last field of the line for role ${NAME}.`,
    cause,
  });
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html, class 57: operator intervention. */
function isShuttingDown(error: unknown): boolean {
  return ["57P01", "57P02", "57P03"].includes(codeOf(error) ?? "");
}
