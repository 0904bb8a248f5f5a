import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { thisHost, toConfig } from "../../src/config.ts";
import { openStore } from "../../src/daemon.ts";
import type { Store } from "../../src/daemon.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { installLedger } from "../support/ledger.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { playWorld } from "./whole.ts";

const worlds = Number(process.env["SIM_WORLDS"] ?? 25);
const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  await installLedger(database.url);
  const env = { APIFY_TOKEN: "unused", DATABASE_URL: database.url };
  const { signal } = new AbortController();
  const around = { clock: systemClock, random: systemRandom, log: silentLog, host: process, signal };
  store = await openStore(toConfig(env, { token: true }, thisHost()), "guest", around);
});

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

describe("the whole, over real Postgres and real HTTP", () => {
  test(
    `heals to the account, field by field, in ${worlds} worlds from seed ${seed}`,
    { timeout: 60_000 + worlds * 10_000 },
    async () => {
      for (let index = 0; index < worlds; index += 1) {
        try {
          await playWorld(seed + index, store, database.url);
        } catch (error) {
          if (error instanceof Error) error.message = `${error.message}\n\n${replay(seed + index)}`;
          throw error;
        }
        if (worlds > 100 && index % 50 === 49) console.log(`${index + 1} of ${worlds} worlds`);
      }
      expect(await openSources()).toBe(worlds);
    },
  );
});

function replay(one: number): string {
  return `SIM_SEED=${one} SIM_WORLDS=1 npx vitest run test/simulation/whole.test.ts`;
}

async function openSources(): Promise<number> {
  const { rows } = await store.database.pool.query("select count(*)::int as count from apify.sources");
  return Number(rows[0]?.count);
}
