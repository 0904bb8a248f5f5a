import { expect, test } from "vitest";

import { playWorld } from "./whole.ts";
import { openWholeStore } from "./whole-store.ts";

const worlds = Number(process.env["SIM_WORLDS"] ?? 25);
const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

test(
  `the whole heals to the account, field by field, in ${worlds} worlds from seed ${seed}`,
  { timeout: 60_000 + worlds * 10_000 },
  async () => {
    await using whole = await openWholeStore();
    for (let index = 0; index < worlds; index += 1) {
      try {
        await playWorld(seed + index, whole);
      } catch (error) {
        if (error instanceof Error) error.message = `${error.message}\n\n${replay(seed + index)}`;
        throw error;
      }
      if (index % 50 === 49) console.log(`${index + 1} of ${worlds} worlds`);
    }
    const { rows } = await whole.store.database.pool.query("select name from apify.sources");
    expect(rows).toHaveLength(worlds);
  },
);

function replay(one: number): string {
  return `SIM_SEED=${one} SIM_WORLDS=1 npx vitest run test/simulation/whole.test.ts`;
}
