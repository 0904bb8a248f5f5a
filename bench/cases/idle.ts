import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { median } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const TICKS = 50;

/** What a tick costs when nothing happens, by the size of the mirror. */
export async function idle({ postgres, rounds, progress }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  const cpu: number[][] = [];
  for (const size of SIZES) {
    await using account = await openAccount(size);
    await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
    await using filled = await postgres.createMirror();
    const order = { api: account.url, token: account.token, database: filled.url } as const;
    progress(`idle: filling the mirror with ${size} rows`);
    await mirror.run({ ...order, kind: "full" });
    await filled.ask("vacuum (analyze) apify.datasets");
    const ticks: Mirrored[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      progress(`idle: ${size} rows, round ${round} of ${rounds}`);
      const ticked = await mirror.run({ ...order, kind: "incremental", passes: TICKS });
      if (round > 0) ticks.push(ticked);
    }
    const each = (read: (tick: Mirrored) => number) => ticks.map((tick) => read(tick) / TICKS);
    const figure = { case: "idle", unit: "a tick" } as const;
    const rows = `${size.toLocaleString("en").replaceAll(",", " ")} rows:`;
    figures.push(
      { ...figure, name: `${rows} requests`, rounds: each(({ requests }) => requests), must: { atMost: 1 } },
      { ...figure, name: `${rows} statements`, rounds: each(({ statements }) => statements) },
      {
        ...figure,
        name: `${rows} CPU of the service`,
        unit: "ms a tick",
        rounds: each(({ cpuMs }) => cpuMs),
      },
      { ...figure, name: `${rows} elapsed`, unit: "ms a tick", rounds: each(({ ms }) => ms) },
    );
    cpu.push(each(({ ms }) => ms));
  }
  const growth = median(cpu.at(-1) ?? []) / median(cpu[0] ?? []);
  const name = "elapsed at 1 000 000 rows / at 10 000";
  return [...figures, { case: "idle", name, unit: "", rounds: [growth], aim: { atMost: 1.5 } }];
}
