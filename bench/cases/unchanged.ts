import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import type { ReadOrder } from "../peers/read-and-parse.ts";
import { openAccount, rate } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import { ratios } from "../support/figures.ts";
import type { Figure } from "../support/figures.ts";
import { openSide } from "../support/side.ts";
import type { Took } from "../support/timed.ts";

const CONCURRENCY = 8;

/** A full pass over an account in which nothing has changed. */
export async function unchanged({ postgres, datasets, rounds, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(datasets);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await using reader = openSide<ReadOrder, Took>("read-and-parse");
  await using filled = await postgres.createMirror();
  const order = { api: account.url, token: account.token, database: filled.url, concurrency: CONCURRENCY };
  progress("unchanged: filling the mirror");
  await mirror.run({ ...order, kind: "full" });
  const paces = { mirror: [] as number[], read: [] as number[], cpu: [] as number[], wal: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    progress(`unchanged: round ${round} of ${rounds}`);
    const read = await reader.run({ ...order, datasets });
    // What the filling left to do in the background is not the pass's.
    if (round === 0) await filled.ask("vacuum (analyze) apify.datasets");
    await filled.ask("checkpoint");
    const lsn = String(await filled.ask("select pg_current_wal_insert_lsn()"));
    const passed = await mirror.run({ ...order, kind: "full" });
    const wal = Number(await filled.ask(`select pg_current_wal_insert_lsn() - '${lsn}'::pg_lsn`));
    if (passed.unchanged < datasets) throw new Error(`${passed.unchanged} rows were unchanged`);
    if (round === 0) continue;
    paces.mirror.push(rate(datasets, passed.ms));
    paces.read.push(rate(datasets, read.ms));
    paces.cpu.push((passed.cpuMs * 1000) / datasets);
    paces.wal.push(wal / datasets);
  }
  const figure = { case: "unchanged" } as const;
  return [
    { ...figure, name: "reading and parsing", unit: "rows/s", rounds: paces.read },
    { ...figure, name: "mirror", unit: "rows/s", rounds: paces.mirror },
    { ...figure, name: "mirror, CPU of the service", unit: "µs/row", rounds: paces.cpu },
    {
      ...figure,
      name: "mirror / reading and parsing",
      unit: "",
      rounds: ratios(paces.mirror, paces.read),
      must: { atLeast: 0.35 },
      aim: { atLeast: 0.5 },
    },
    {
      ...figure,
      name: "WAL",
      unit: "bytes/row",
      rounds: paces.wal,
      must: { atMost: 1 },
      aim: { atMost: 0.1 },
    },
  ];
}
