import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";

const PAGE = 1000;
const REQUESTS_PER_SECOND = 60;
const LATENCY_MS = 200;
/** 20 seconds at the ceiling: what the first and the last answer take is not the pace. */
const DATASETS = 1_200_000;

/** As fast as the API lets one: 60 requests a second that take 200 ms each. */
export async function ceiling({ postgres, rounds, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(DATASETS, { rate: REQUESTS_PER_SECOND, latency: LATENCY_MS });
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  const elapsed = { initial: [] as number[], unchanged: [] as number[] };
  const refused: number[] = [];
  const wanted = DATASETS / PAGE / REQUESTS_PER_SECOND;
  for (let round = 1; round <= Math.min(rounds, 2); round += 1) {
    await using empty = await postgres.createMirror();
    const order = { api: account.url, token: account.token, database: empty.url, kind: "full" } as const;
    for (const name of ["initial", "unchanged"] as const) {
      progress(`ceiling: round ${round}: ${name}, ${wanted} s at best`);
      await account.order({ do: "forget" });
      const passed = await mirror.run({ ...order, requestsPerSecond: REQUESTS_PER_SECOND, concurrency: 32 });
      elapsed[name].push(passed.ms / 1000 / wanted);
      const { requests, throttledLate } = await account.order({ do: "tell" });
      refused.push((100 * throttledLate) / (requests / 2));
    }
  }
  const bounds = { must: { atMost: 1.15 }, aim: { atMost: 1.05 } };
  const named = (name: string, values: number[]) => ({
    case: "ceiling",
    name,
    unit: "",
    rounds: values,
    ...bounds,
  });
  return [
    named("initial: elapsed / (pages / 60 s)", elapsed.initial),
    named("unchanged: elapsed / (pages / 60 s)", elapsed.unchanged),
    {
      case: "ceiling",
      name: "answers 429 once warmed up",
      unit: "%",
      rounds: refused,
      must: { atMost: 2 },
      aim: { atMost: 0 },
    },
  ];
}
