import { thisHost, toConfig } from "../../src/config.ts";
import { openStore } from "../../src/daemon.ts";
import type { MirrorStore } from "../../src/daemon.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { installLedger } from "../support/ledger.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

/** A database with a ledger, for any number of worlds. */
export interface WholeStore extends AsyncDisposable {
  readonly store: MirrorStore;
  readonly url: string;
}

export async function openWholeStore(): Promise<WholeStore> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  await installLedger(url);
  const config = toConfig({ APIFY_TOKEN: "unused", DATABASE_URL: url }, { token: true }, thisHost());
  const { signal } = new AbortController();
  const around = { clock: systemClock, random: systemRandom, log: silentLog, host: process, signal };
  const store = stack.use(await openStore(config, around));
  const owned = stack.move();
  return { store, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
