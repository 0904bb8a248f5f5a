import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { readGrowth } from "../../mirror/insight/growth.ts";
import type { GrowthPoint } from "../../mirror/insight/growth.ts";
import { readRunHistory } from "../../mirror/insight/run-history.ts";
import type { RunSlice } from "../../mirror/insight/run-history.ts";
import { readFastest, readLargest } from "../../mirror/insight/top-datasets.ts";
import type { TopDataset } from "../../mirror/insight/top-datasets.ts";
import type { AccountWatch, Observation } from "../account-watch.ts";
import { cached } from "../cached.ts";
import { tellable } from "../described-error.ts";

/** What could be read, or why it could not. */
export type Attempt<T> = { readonly value: T } | { readonly problem: string };

export interface PageData {
  readonly seen: Observation;
  readonly watch: AccountWatch["options"];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly day: Attempt<readonly RunSlice[]>;
  readonly growth: Attempt<readonly GrowthPoint[]>;
  readonly largest: Attempt<readonly TopDataset[]>;
  readonly fastest: Attempt<readonly TopDataset[]>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
export const SLICE_MS = 30 * MINUTE_MS;
export const GROWTH_DAYS = 30;
const GROWTH_POINTS = 60;
const TOP_MAX = 8;
/** The page does not wait longer for what it can do without. */
const WAIT_MS = 12_000;

/** Reads all that the page shows. What costs more is kept longer; all is shared by everybody who looks. */
export function pageReader(watch: AccountWatch): () => Promise<PageData> {
  const { clock, database, source } = watch.options;
  const { db } = database;
  const kept = <T>(keepMs: number, what: string, read: (now: number) => Promise<readonly T[]>) =>
    attempted(clock, keepMs, what, read);
  const day = kept(10_000, "read the history of the runs", (now) => {
    const to = Math.ceil(now / SLICE_MS) * SLICE_MS;
    return readRunHistory(db, source, { from: to - DAY_MS, to, step: SLICE_MS });
  });
  const growth = kept(5 * MINUTE_MS, "read the growth", (now) =>
    readGrowth(db, source, { from: now - GROWTH_DAYS * DAY_MS, to: now, points: GROWTH_POINTS }),
  );
  const largest = kept(MINUTE_MS, "find the largest datasets", () => readLargest(db, source, TOP_MAX));
  const fastest = kept(MINUTE_MS, "find the fastest growing datasets", (now) =>
    readFastest(db, source, now - DAY_MS, TOP_MAX),
  );
  return async () => {
    const seen = await watch.observe();
    const now = clock.now();
    const base = { seen, watch: watch.options, now };
    // A database that is away is asked once, not five times.
    if (!seen.known) {
      const nothing = { problem: "not known while the mirror cannot be read" };
      return { ...base, day: nothing, growth: nothing, largest: nothing, fastest: nothing };
    }
    const [slices, stands, large, fast] = await Promise.all([day(), growth(), largest(), fastest()]);
    return { ...base, day: slices, growth: stands, largest: large, fastest: fast };
  };
}

function attempted<T>(
  clock: Clock,
  keepMs: number,
  what: string,
  read: (now: number) => Promise<readonly T[]>,
): () => Promise<Attempt<readonly T[]>> {
  // What is empty at first is looked for again soon: a first pass fills it within seconds.
  const isEarly = ({ length }: readonly T[]) => length === 0;
  const get = cached({ what, read: () => read(clock.now()), clock, keepMs, waitMs: WAIT_MS, isEarly });
  return () =>
    get().then(
      (value) => ({ value }),
      (error: unknown) => ({ problem: tellable(messageOf(error)) }),
    );
}
