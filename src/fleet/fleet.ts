/** This process's part in a fleet: it works on whatever pass is queued, and may be the one that finds what is due. */
import type { Clock } from "../core/clock.ts";
import type { Db } from "../mirror/database.ts";
import { readRunSummaries } from "../mirror/run-summaries.ts";
import { takeTurn } from "./account.ts";
import type { FleetAccount } from "./account.ts";
import { nextPasses } from "./due.ts";
import type { Lane } from "./due.ts";
import { findDue } from "./finder.ts";
import { openQueues } from "./queues.ts";
import type { Job, Queues } from "./queues.ts";

export interface FleetContext {
  readonly db: Db;
  readonly clock: Clock;
  /** Makes the database ready: running, with the schema of this program. */
  readonly prepare: () => Promise<void>;
  /** This process, as leases name it. */
  readonly holder: string;
  /** Runs at a time. */
  readonly concurrency: number;
  readonly accounts: () => ReadonlyMap<string, FleetAccount>;
  /** What goes wrong beside the runs; whatever it is, it is tried again. */
  readonly onError: (error: unknown) => void;
  /** Called again and again while the queues can be used. */
  readonly onWorking: () => void;
}

const OPEN_RETRY_MS = 5000;
/** How long the accounts may be without one who finds what is due, at most, after the last one has ended. */
const NOMINATE_MS = 3000;
/** An account that another run holds for a moment. */
const HELD_RETRY_MS = 1000;

export class Fleet implements AsyncDisposable {
  readonly #context: FleetContext;
  readonly #stop = new AbortController();
  #living: Promise<void> | null = null;

  constructor(context: FleetContext) {
    this.#context = context;
  }

  start(): void {
    this.#living ??= this.#live();
  }

  /** Lets the pages in hand commit, closes the runs and hands their accounts over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("stopped on request"));
    await this.#living;
  }

  async #live(): Promise<void> {
    const { clock, onError, onWorking } = this.#context;
    const { signal } = this.#stop;
    const queues = await this.#open();
    if (queues === null) return;
    try {
      while (!signal.aborted) {
        await queues.nominate().then(onWorking, onError);
        await clock.sleep(NOMINATE_MS, signal).catch(() => {});
      }
    } finally {
      await queues[Symbol.asyncDispose]().catch(onError);
    }
  }

  /** Null if it is stopped before the database can be used. */
  async #open(): Promise<Queues | null> {
    const { db, clock, prepare, onError } = this.#context;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await prepare();
        const queues = await openQueues(db, onError);
        await this.#work(queues);
        return queues;
      } catch (error) {
        onError(error);
        await clock.sleep(OPEN_RETRY_MS, signal).catch(() => {});
      }
    }
    return null;
  }

  async #work(queues: Queues): Promise<void> {
    const { db, concurrency } = this.#context;
    const slow = Math.max(1, Math.floor(concurrency / 3));
    for (let slot = 1; slot <= concurrency; slot += 1) {
      const lane = slot <= slow ? "slow" : "quick";
      await queues.work(lane, (job) => this.#runIfDue(queues, lane, slot, job));
    }
    const send = (lane: Lane, jobs: Parameters<Queues["send"]>[1]) => queues.send(lane, jobs);
    const find = {
      ...this.#context,
      send,
      readRunSummaries: (names: readonly string[]) => readRunSummaries(db, names),
    };
    await queues.elect((lost) => findDue(find, AbortSignal.any([lost, this.#stop.signal])));
  }

  /** A job may be late, double, or of an account that this process does not know: only what is due is run. */
  async #runIfDue(queues: Queues, lane: Lane, slot: number, { source, kind, isNeeded }: Job): Promise<void> {
    const { db, clock, accounts, holder } = this.#context;
    const account = accounts().get(source);
    const { signal } = this.#stop;
    if (account === undefined || signal.aborted) return;
    try {
      const [summary = null] = await readRunSummaries(db, [source]);
      const now = summary?.now ?? clock.now();
      const pass = nextPasses(account.schedules, summary, now).find((one) => one.kind === kind);
      if (pass === undefined || (pass.at > now && !isNeeded)) return;
      const turn = { kind, lane, summary, holder: `${holder}/${slot}`, signal };
      const result = await takeTurn(account, turn);
      const again = { source, kind, isNeeded, at: Math.min(pass.at, now) };
      if ("heldBy" in result) return await queues.send(lane, [again], HELD_RETRY_MS);
      if (result.outcome.status === "interrupted") await queues.send("slow", [{ ...again, at: now }]);
      if (result.needsFullPass)
        await queues.send("slow", [{ source, kind: "full", isNeeded: true, at: now }]);
      if (result.outcome.status === "succeeded") await account.tidy();
    } catch (error) {
      if (!signal.aborted) account.context.observer.runNotBegun(kind, error);
    }
  }
}
