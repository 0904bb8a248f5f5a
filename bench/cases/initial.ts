import type { CopyOrder } from "../peers/copy-stream.ts";
import type { PlainOrder } from "../peers/client-and-drizzle.ts";
import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount, rate } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { ratios } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";
import type { Took } from "../support/timed.ts";

/** The plain way is slow: a part of the rows tells its pace. */
const PLAIN_SHARE = 0.25;

/** An empty mirror to all rows. */
export async function initial({ postgres, datasets, rounds, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(datasets);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await using copy = openSide<CopyOrder, Took>("copy-stream");
  await using plain = openSide<PlainOrder, Took>("client-and-drizzle");
  const api = { api: account.url, token: account.token };
  const paces = { mirror: [] as number[], copy: [] as number[], plain: [] as number[], cpu: [] as number[] };
  // The first round warms up the three processes and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    progress(`initial: round ${round} of ${rounds}: one COPY stream`);
    const copied = await inEmptyMirror((database) => copy.run({ ...api, database, datasets }));
    progress(`initial: round ${round} of ${rounds}: mirror`);
    const mirrored = await inEmptyMirror((database) => mirror.run({ ...api, database, kind: "full" }));
    if (mirrored.inserted !== datasets) throw new Error(`${mirrored.inserted} rows were inserted`);
    progress(`initial: round ${round} of ${rounds}: apify-client and Drizzle`);
    const few = Math.ceil(datasets * PLAIN_SHARE);
    const plainly = await inEmptyMirror((database) => plain.run({ ...api, database, datasets: few }));
    if (round === 0) continue;
    paces.copy.push(rate(datasets, copied.ms));
    paces.mirror.push(rate(datasets, mirrored.ms));
    paces.plain.push(rate(few, plainly.ms));
    paces.cpu.push((mirrored.cpuMs * 1000) / datasets);
  }
  const figure = { case: "initial" } as const;
  return [
    { ...figure, name: "one COPY stream", unit: "rows/s", rounds: paces.copy },
    { ...figure, name: "apify-client + Drizzle values()", unit: "rows/s", rounds: paces.plain },
    { ...figure, name: "mirror", unit: "rows/s", rounds: paces.mirror },
    { ...figure, name: "mirror, CPU of the service", unit: "µs/row", rounds: paces.cpu },
    {
      ...figure,
      name: "mirror / one COPY stream",
      unit: "",
      rounds: ratios(paces.mirror, paces.copy),
      must: { atLeast: 0.5 },
      aim: { atLeast: 0.8 },
    },
    {
      ...figure,
      name: "mirror / apify-client + Drizzle",
      unit: "",
      rounds: ratios(paces.mirror, paces.plain),
      must: { atLeast: 4 },
      aim: { atLeast: 6 },
    },
  ];

  async function inEmptyMirror<T>(work: (url: string) => Promise<T>): Promise<T> {
    await using empty = await postgres.createMirror();
    return await work(empty.url);
  }
}
