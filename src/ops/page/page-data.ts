import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import { readRunHistory } from "../../mirror/insight/run-history.ts";
import type { RunSlice, Span } from "../../mirror/insight/run-history.ts";
import { readFastest, readLargest, readTotals } from "../../mirror/insight/top-datasets.ts";
import type { TopDataset, Totals } from "../../mirror/insight/top-datasets.ts";
import type { AccountWatch, Observation } from "../account-watch.ts";
import { cached } from "../cached.ts";
import { tellable } from "../described-error.ts";

/** What could be read, or why it could not. */
export type Attempt<T> = { readonly value: T } | { readonly problem: string };

export interface PageData extends Observation {
  readonly options: AccountWatch["options"];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** From the first run on, at most a day. */
  readonly day: Attempt<readonly RunSlice[]>;
  /** The same over at most a month. */
  readonly month: Attempt<readonly RunSlice[]>;
  readonly totals: Attempt<Totals>;
  readonly largest: Attempt<readonly TopDataset[]>;
  readonly fastest: Attempt<readonly TopDataset[]>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Lengths of a slice, in minutes. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720];
const SLICES_MAX = 60;
const TOP_MAX = 8;
/** The page does not wait longer for what it can do without. */
const WAIT_MS = 3000;

/** Reads all that the page shows. What costs more is kept longer; all of it is shared by everybody who looks. */
export function pageReader(watch: AccountWatch): () => Promise<PageData> {
  const { options } = watch;
  const { clock, database, source } = options;
  const { db } = database;
  let firstRunAt = Infinity;
  const history = (lengthMs: number) => readRunHistory(db, source, spanOf(firstRunAt, lengthMs, clock.now()));
  const readDay = attempt(clock, 5000, "read the history of the runs", () => history(DAY_MS));
  const readMonth = attempt(clock, 5000, "read the growth", () => history(30 * DAY_MS));
  const sum = attempt(clock, MINUTE_MS, "add up the items", () => readTotals(db, source));
  const findLargest = attempt(clock, MINUTE_MS, "find the largest datasets", () =>
    readLargest(db, source, TOP_MAX),
  );
  const findFastest = attempt(clock, MINUTE_MS, "find the fastest growing datasets", () =>
    readFastest(db, source, clock.now() - DAY_MS, TOP_MAX),
  );
  return async () => {
    const seen = await watch.observe();
    const base = { ...seen, options, now: clock.now() };
    // A database that is away is asked once, not six times.
    if (seen.report === null) return { ...base, ...NOT_READ };
    firstRunAt = seen.report.status?.first_run_at ?? Infinity;
    // One after the other: the passes need the connections, too.
    return {
      ...base,
      day: await readDay(),
      month: await readMonth(),
      totals: await sum(),
      largest: await findLargest(),
      fastest: await findFastest(),
    };
  };
}

const NOTHING = { problem: "not known while the mirror cannot be read" };
const NOT_READ = { day: NOTHING, month: NOTHING, totals: NOTHING, largest: NOTHING, fastest: NOTHING };

/** From the first run on, but no longer ago than `lengthMs`, in slices that begin at the same times in every reading. */
function spanOf(firstRunAt: number, lengthMs: number, now: number): Span {
  const start = Math.max(now - lengthMs, Math.min(firstRunAt, now));
  const minutes =
    STEPS.find((length) => now - start <= length * MINUTE_MS * SLICES_MAX) ?? DAY_MS / MINUTE_MS;
  const step = minutes * MINUTE_MS;
  return { from: Math.floor(start / step) * step, to: (Math.floor(now / step) + 1) * step, step };
}

function attempt<T>(
  clock: Clock,
  keepMs: number,
  what: string,
  read: () => Promise<T>,
): () => Promise<Attempt<T>> {
  // What is empty at first is read again soon: a first pass fills it within seconds.
  const isEarly = (value: T) => Array.isArray(value) && value.length === 0;
  const get = cached({ what, read, clock, keepMs, waitMs: WAIT_MS, isEarly });
  return () =>
    get().then(
      (value) => ({ value }),
      (error: unknown) => ({ problem: tellable(messageOf(error)) }),
    );
}
