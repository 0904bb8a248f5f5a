import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client } from "pg";
import { pino } from "pino";

import { openDatabase } from "../../src/mirror/database.ts";
import { openEmbedded } from "../../src/mirror/embedded.ts";
import { migrate } from "../../src/mirror/migrate.ts";

/** A database with the mirror's schema and nothing in it; gone when disposed. */
export interface EmptyMirror extends AsyncDisposable {
  readonly url: string;
  /** One value of one row. */
  ask(statement: string): Promise<unknown>;
}

/** A server on which every run gets a database of its own. */
export interface Postgres extends AsyncDisposable {
  readonly version: string;
  createMirror(): Promise<EmptyMirror>;
}

const TEMPLATE = "bench_template";

/** The server at `url`, of a role that may create databases, or an embedded one with its usual, durable settings. */
export async function openPostgres(url: string | undefined): Promise<Postgres> {
  await using stack = new AsyncDisposableStack();
  const root = url ?? (await startEmbedded(stack));
  await ask(root, `drop database if exists ${TEMPLATE} with (force)`);
  await ask(root, `create database ${TEMPLATE}`);
  stack.defer(async () => void (await ask(root, `drop database if exists ${TEMPLATE} with (force)`)));
  await using database = openDatabase(at(root, TEMPLATE));
  await migrate(database.db);
  const version = String(await ask(root, "show server_version"));
  let count = 0;
  const owned = stack.move();
  return {
    version: url === undefined ? `${version}, embedded` : version,
    createMirror: () => createMirror(root, `bench_${(count += 1)}`),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function createMirror(root: string, name: string): Promise<EmptyMirror> {
  await ask(root, `drop database if exists ${name} with (force)`);
  await ask(root, `create database ${name} template ${TEMPLATE}`);
  await ask(root, "checkpoint");
  const url = at(root, name);
  return {
    url,
    ask: (statement) => ask(url, statement),
    [Symbol.asyncDispose]: async () => void (await ask(root, `drop database if exists ${name} with (force)`)),
  };
}

async function startEmbedded(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // As root the server runs as another account, which has to get in.
  await chmod(folder, 0o711);
  const log = pino({ level: "silent" });
  const dataDir = join(folder, "data");
  const { signal } = new AbortController();
  const embedded = await openEmbedded({ dataDir, host: "127.0.0.1", port: 0, log, parent: process, signal });
  return stack.use(embedded).adminUrl;
}

async function ask(url: string, statement: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

function at(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = database;
  return changed.href;
}
