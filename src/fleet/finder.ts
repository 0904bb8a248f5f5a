/**
 * Finds the passes that are due and queues them. One process at a time does so; should two of them, nothing is lost, since
 * a pass that is queued is not queued twice, and whoever takes it looks whether it still is due.
 */
import type { Clock } from "../core/clock.ts";
import type { RunSummary } from "../mirror/run-summaries.ts";
import type { Schedules } from "../sync/schedule.ts";
import { nextPasses } from "./due.ts";
import type { Due, Lane } from "./due.ts";
import type { DueJob } from "./queues.ts";

export interface FinderContext {
  readonly clock: Clock;
  readonly accounts: () => ReadonlyMap<string, { readonly schedules: Schedules }>;
  readonly readRunSummaries: (sources: readonly string[]) => Promise<readonly RunSummary[]>;
  readonly send: (lane: Lane, jobs: readonly DueJob[]) => Promise<void>;
  /** It could not look; it tries again. */
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 500;
/** How often all accounts are read from the database; in between, their schedules tell. */
const READ_MS = 10_000;
/** Accounts that are read with one statement. */
const READ_TOGETHER = 500;

type Planned = Map<string, Due[]>;

/** Looks until the signal aborts. */
export async function findDue(context: FinderContext, signal: AbortSignal): Promise<void> {
  const { clock, onError } = context;
  const finder = new Finder(context);
  while (!signal.aborted) {
    try {
      await finder.look();
    } catch (error) {
      onError(error);
    }
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}

export class Finder {
  readonly #context: FinderContext;
  #planned: Planned = new Map();
  #readAt = -Infinity;
  /** Milliseconds by which the database's clock is ahead of this process's. */
  #aheadMs = 0;

  constructor(context: FinderContext) {
    this.#context = context;
  }

  /** Queues what has come due since the last look. */
  async look(): Promise<void> {
    const { clock, accounts, send } = this.#context;
    const known = accounts();
    const elapsed = clock.now() - this.#readAt;
    if (elapsed >= READ_MS || elapsed < 0 || [...known.keys()].some((name) => !this.#planned.has(name)))
      await this.#read();
    const now = clock.now() + this.#aheadMs;
    const due: Record<Lane, DueJob[]> = { quick: [], slow: [] };
    const planned: Planned = new Map();
    for (const [source, { schedules }] of known) {
      const passes = (this.#planned.get(source) ?? []).map((pass) => {
        if (pass.at > now) return pass;
        due[pass.lane].push({ source, kind: pass.kind, at: pass.at, isNeeded: false });
        return { ...pass, at: (schedules[pass.kind] ?? schedules.full).next(now) ?? Infinity };
      });
      planned.set(source, passes);
    }
    await send("quick", due.quick);
    await send("slow", due.slow);
    this.#planned = planned;
  }

  async #read(): Promise<void> {
    const { clock, accounts, readRunSummaries } = this.#context;
    const known = accounts();
    const names = [...known.keys()];
    const planned: Planned = new Map();
    for (let from = 0; from < names.length; from += READ_TOGETHER) {
      const some = names.slice(from, from + READ_TOGETHER);
      const summaries = new Map((await readRunSummaries(some)).map((summary) => [summary.source, summary]));
      const [first] = summaries.values();
      if (first !== undefined) this.#aheadMs = first.now - clock.now();
      for (const name of some) {
        const schedules = known.get(name)?.schedules;
        if (schedules === undefined) continue;
        planned.set(name, nextPasses(schedules, summaries.get(name) ?? null, clock.now() + this.#aheadMs));
      }
    }
    this.#planned = planned;
    this.#readAt = clock.now();
  }
}
