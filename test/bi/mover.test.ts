/** A tool that copies the datasets on by the cursor `written_at`, while passes run. */
import { expect, test } from "vitest";

import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";

interface Copied {
  readonly dataset_key: string;
  readonly is_live: boolean;
  readonly written_at: string;
}

/** Copies what was written since the largest `written_at` it saw; as text, whose microseconds a Date would lose. */
class Mover {
  readonly rows = new Map<string, Copied>();
  #cursor = "-infinity";
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async follow(): Promise<number> {
    const rows = await query<Copied>(
      this.#url,
      `select ${COLUMNS} from apify_bi.datasets d where written_at > $1 order by d.written_at`,
      [this.#cursor],
    );
    for (const row of rows) this.rows.set(row.dataset_key, row);
    this.#cursor = rows.at(-1)?.written_at ?? this.#cursor;
    return rows.length;
  }
}

const COLUMNS =
  "dataset_key, dataset_name, item_count::text, is_live, gone_at::text, accessed_at::text, written_at::text";

test("it misses nothing: rows of passes one inside another, and what is gone", async () => {
  await using rig = await createRig({ sandbox: { datasets: 300 } });
  const { account } = rig.sandbox;
  const mover = new Mover(rig.url);
  await rig.run("full");
  await mover.follow();

  const done = new AbortController();
  let nested = 0;
  let ticks = 6;
  rig.told.runStarted = (run) => void (nested += run.isNested ? 1 : 0);
  rig.hooks.fetched = () => {
    account.touchRandom(5);
    account.renameRandom(2);
    account.create(3);
    // Few, since the runs that they begin come by here as well.
    if (ticks-- > 0) rig.service.tick("incremental", "schedule");
  };
  const following = (async () => {
    const copied: number[] = [];
    while (!done.signal.aborted) copied.push(await mover.follow());
    return copied;
  })();
  try {
    for (const kind of ["full", "incremental", "full"] as const) {
      account.deleteRandom(10);
      await rig.run(kind);
    }
  } finally {
    done.abort();
  }
  expect((await following).filter((rows) => rows > 0).length).toBeGreaterThan(1);
  expect(nested).toBeGreaterThan(0);
  await mover.follow();
  const all = await query<Copied>(rig.url, `select ${COLUMNS} from apify_bi.datasets`);
  expect(mover.rows).toEqual(new Map(all.map((row) => [row.dataset_key, row])));
  expect(all.filter((row) => !row.is_live).length).toBeGreaterThan(10);
});
