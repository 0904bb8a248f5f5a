/** The composition root: builds the program from the bottom up and takes it down in the reverse order. */
import { hostname } from "node:os";

import { createClient } from "./apify/client.ts";
import type { Config } from "./config.ts";
import type { Clock, Random } from "./core/clock.ts";
import { openDatabase } from "./mirror/database.ts";
import type { Database } from "./mirror/database.ts";
import { openEmbedded } from "./mirror/embedded.ts";
import type { EmbeddedDatabase, EmbeddedOptions } from "./mirror/embedded.ts";
import { migrate } from "./mirror/migrate.ts";
import { PostgresMirror } from "./mirror/mirror.ts";
import type { SyncObserver } from "./sync/observer.ts";
import type { RunContext } from "./sync/run.ts";
import { createSource } from "./sync/source.ts";

export interface Parts extends AsyncDisposable {
  readonly database: Database;
  readonly embedded: EmbeddedDatabase | null;
  /** Makes the database ready for a run: running, with the schema of this program. */
  prepare(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EmbeddedOptions["log"];
  readonly host: EmbeddedOptions["host"];
  readonly signal: AbortSignal;
}

/** Opens the database that the configuration names, or the embedded one. */
export async function openParts(
  config: Config,
  role: EmbeddedOptions["role"],
  around: Surroundings,
): Promise<Parts> {
  await using stack = new AsyncDisposableStack();
  const { dataDir, embeddedPort: port } = config;
  const embedded =
    config.databaseUrl === null ? stack.use(await openEmbedded({ dataDir, port, role, ...around })) : null;
  const url = embedded?.url ?? config.databaseUrl ?? "";
  const database = stack.use(
    openDatabase(url, (error) => around.log.debug({ err: error }, "idle connection lost")),
  );
  const owned = stack.move();
  let isMigrated = false;
  return {
    database,
    embedded,
    async prepare() {
      await embedded?.ensureRunning(around.signal);
      if (!isMigrated) await migrate(database.db);
      isMigrated = true;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
