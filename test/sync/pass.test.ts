/** How pages come together in commits: a source whose pages are all there at once, and a real mirror. */
import { expect, test } from "vitest";

import { OperatorError } from "../../src/core/errors.ts";
import { PostgresMirror } from "../../src/mirror/mirror.ts";
import { BATCH_PAGES_MAX } from "../../src/sync/batch.ts";
import { beginPass } from "../../src/sync/pass-state.ts";
import type { PassState } from "../../src/sync/pass-state.ts";
import { walkToEnd } from "../../src/sync/pass.ts";
import { SILENT } from "../../src/sync/observer.ts";
import type { SyncObserver } from "../../src/sync/observer.ts";
import { shareOfPages } from "../../src/sync/budget.ts";
import { PageOrder } from "../../src/sync/page-order.ts";
import type { Source } from "../../src/sync/source.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { dataset, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const PAGE_SIZE = 10;
const LIST = Array.from({ length: 400 }, (_, index) => dataset(`id${index}`, index));
const GONE = new OperatorError("the server has gone");

/** Answers at once; from offset `failsFrom` on it fails. */
function listSource(failsFrom = Infinity): Source {
  return {
    requestsSent: () => 0,
    throttledMs: () => 0,
    fetchOwner: async () => null,
    async fetchPage({ offset, limit }) {
      if (offset >= failsFrom) throw GONE;
      const rows = LIST.slice(offset, offset + limit);
      const page = { offset, limit, total: LIST.length, rows };
      const time = { serverTime: minute(9999), requestNumber: 1 };
      return { page, rows, rejected: [], ...time, anomalies: [] };
    },
  };
}

interface Walked {
  readonly state: PassState;
  /** Pages in the mirror after each commit. */
  readonly commits: readonly number[];
  readonly thrown: unknown;
}

async function walk(
  mirror: TestMirror,
  source: Source,
  signal = new AbortController().signal,
  onCommit = () => {},
) {
  const commits: number[] = [];
  const observer: SyncObserver = {
    ...SILENT,
    pageCommitted: (_run, { pages }) => {
      commits.push(pages);
      onCommit();
    },
  };
  const clock = createFakeClock();
  const run = await mirror.begin();
  const state = beginPass(run, source);
  const context = {
    source,
    clock,
    mirror: new PostgresMirror(mirror.db, clock, () => 0.5),
    observer,
    order: new PageOrder(),
    unprovable: new Set<number>(),
    interrupt: async () => null,
    options: {
      ...{ pageSize: PAGE_SIZE, maxConcurrency: 8, lookbackMs: 0, reconcileRequests: 0 },
      budget: shareOfPages(1),
    },
  };
  const thrown = await walkToEnd(context, run, state, signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { state, commits, thrown } satisfies Walked;
}

const COUNTED = "select pages::int, count::int, inserted::int, unchanged::int from apify.sync_runs";

test("pages that have arrived are committed together, a bounded number at a time, and counted one by one", async () => {
  await using mirror = await openMirror();
  const { state, commits, thrown } = await walk(mirror, listSource());
  expect(thrown).toBeUndefined();
  expect(state.position.end).toBe("proven");
  const steps = commits.map((pages, index) => pages - (commits[index - 1] ?? 0));
  expect(Math.max(...steps)).toBe(BATCH_PAGES_MAX);
  const [run] = await mirror.sql(COUNTED);
  const { pages } = state.position;
  expect(run).toMatchObject({ pages, inserted: LIST.length });
  expect(Number(run?.["count"])).toBe(Number(run?.["inserted"]) + Number(run?.["unchanged"]));
  expect(await mirror.sql("select count(*)::int as rows from apify.live_datasets")).toEqual([
    { rows: LIST.length },
  ]);
});

test.each([170, 180, 190, 200])(
  "a page at %i that fails takes none of those before it along",
  async (failsFrom) => {
    await using mirror = await openMirror();
    const { state, thrown } = await walk(mirror, listSource(failsFrom));
    expect(thrown).toBe(GONE);
    expect(state.position.end).toBeNull();
    const [stored] = await mirror.sql(`
    select (select count(*)::int from apify.datasets) as rows, full_offset::int as offset, full_anchor_id as anchor
    from apify.sources`);
    // Everything that was shown before the first page that failed.
    const { offset } = state.position.resumeCursor;
    expect(offset).toBeGreaterThanOrEqual(failsFrom);
    expect(stored).toEqual({ rows: offset, offset, anchor: `id${offset - 1}` });
  },
);

test("a stop lets the pages in hand commit, and no more", async () => {
  await using mirror = await openMirror();
  const stop = new AbortController();
  const reason = new Error("stop");
  const { state, commits, thrown } = await walk(mirror, listSource(), stop.signal, () => stop.abort(reason));
  expect(thrown).toBe(reason);
  expect(commits).toHaveLength(1);
  expect(await mirror.sql(COUNTED)).toMatchObject([{ pages: state.position.pages }]);
});
