import type { Mirrored, MirrorOrder } from "../peers/mirror.ts";
import { openAccount } from "../support/bench.ts";
import type { Bench } from "../support/bench.ts";
import type { Figure } from "../support/figures.ts";
import type { EmptyMirror } from "../support/postgres.ts";
import { openSide } from "../support/side.ts";

/** Enough for the first pages of a table not to count. */
const RUNS = 1000;

/** What a row of each table that grows takes on disk; the same every time, so it is measured once. */
export async function disk({ postgres, datasets, progress }: Bench): Promise<Figure[]> {
  await using account = await openAccount(datasets);
  await using mirror = openSide<MirrorOrder, Mirrored>("mirror");
  await using filled = await postgres.createMirror();
  const order = { api: account.url, token: account.token, database: filled.url };
  progress("disk: filling the mirror");
  await mirror.run({ ...order, kind: "full" });
  const rows = await sizes(filled, "datasets", datasets);
  progress(`disk: ${RUNS} runs`);
  await mirror.run({ ...order, kind: "incremental", passes: RUNS });
  const runs = await sizes(filled, "sync_runs", RUNS);
  progress("disk: every dataset changes once");
  await account.order({ do: "touch", count: datasets });
  await mirror.run({ ...order, kind: "full" });
  const versions = await sizes(filled, "dataset_versions", datasets);
  const rewritten = await sizes(filled, "datasets", datasets);
  return [
    figure("datasets", rows.table),
    figure("datasets, indexes", rows.indexes),
    figure("datasets once every row was written again, with indexes", rewritten.table + rewritten.indexes),
    figure("dataset_versions, with indexes", versions.table + versions.indexes),
    figure("sync_runs, with indexes", runs.table + runs.indexes),
  ];
}

function figure(name: string, bytes: number): Figure {
  return { case: "disk", name, unit: "bytes/row", rounds: [bytes] };
}

/** Bytes a row, with TOAST, free space and visibility maps. */
async function sizes(mirror: EmptyMirror, table: string, rows: number) {
  const size = async (what: string) => Number(await mirror.ask(`select ${what}('apify.${table}')`)) / rows;
  await mirror.ask(`vacuum apify.${table}`);
  return { table: await size("pg_table_size"), indexes: await size("pg_indexes_size") };
}
