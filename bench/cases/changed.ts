import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount, rate } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";

/** A full pass over an account in which some or all datasets got more items; each gets a version. */
export async function changed({ postgres, datasets, rounds, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(datasets);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await using filled = await postgres.createMirror();
  const order = { api: account.url, token: account.token, database: filled.url, kind: "full" } as const;
  progress("changed: filling the mirror");
  await mirror.run(order);
  const figures: Figure[] = [];
  for (const share of [0.01, 1]) {
    const count = Math.round(share * datasets);
    const paces: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      progress(`changed: round ${round} of ${rounds}: ${share * 100} %`);
      await account.order({ do: "touch", count });
      await filled.ask("checkpoint");
      const passed = await mirror.run(order);
      if (passed.updated !== count) throw new Error(`${passed.updated} rows were updated, not ${count}`);
      if (round > 0) paces.push(rate(datasets, passed.ms));
    }
    figures.push({ case: "changed", name: `${share * 100} % of the rows`, unit: "rows/s", rounds: paces });
  }
  return figures;
}
