/**
 * The passes of one account for as long as the process lives: one at a time, at once when it starts and then at every
 * tick. It holds the lease between runs, so a second service of the account waits until this one is gone.
 */
import { schedule } from "node-cron";

import type { Kind, Trigger } from "../mirror/begin-run.ts";
import type { Lease } from "../mirror/lease.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { runOnce } from "./run.ts";
import type { RunContext } from "./run.ts";

export interface ServiceContext extends RunContext {
  /** Makes the database ready for a run, if it is not yet: running, with the schema of this program. */
  readonly prepare: () => Promise<void>;
  readonly cron: Readonly<Record<Kind, string>>;
}

/** How often a service that waits asks for the lease: with the lease's time to live less than 60 s. */
const STANDBY_RETRY_MS = 10_000;

export class SyncService implements AsyncDisposable {
  readonly #context: ServiceContext;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  /** A full pass that came due while another pass ran. */
  #fullIsDue = false;
  #resting: AsyncDisposable | null = null;
  #lease: Lease | null = null;
  #schedules: Array<{ destroy(): unknown }> = [];

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Begins the first pass and the schedule. */
  start(): void {
    if (this.#schedules.length > 0 || this.#stop.signal.aborted) return;
    const { cron } = this.#context;
    // The full one first: where both come due at once it runs, and it reads all that the other would.
    for (const kind of ["full", "incremental"] as const) {
      this.#schedules.push(schedule(cron[kind], () => this.tick(kind, "schedule")));
    }
    this.tick("incremental", "startup");
  }

  /** Begins a pass unless one is under way: then a full pass waits for its end, an incremental one is skipped. */
  tick(kind: Kind, trigger: Trigger): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running !== null) {
      if (kind === "full" && !this.#fullIsDue) this.#fullIsDue = true;
      else this.#context.observer.tickSkipped(kind);
      return;
    }
    this.#running = this.#work(kind, trigger).finally(() => {
      this.#running = null;
      if (!this.#fullIsDue) return;
      this.#fullIsDue = false;
      this.tick("full", "schedule");
    });
  }

  /** Resolves when no pass is under way or due. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Stops after the page in hand, closes the run as interrupted and gives the lease back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("stopped on request"));
    for (const task of this.#schedules) task.destroy();
    await this.idle();
    await this.#wake();
    if (this.#lease !== null) await this.#context.mirror.releaseLease(this.#lease).catch(() => {});
    this.#lease = null;
  }

  async #work(kind: Kind, trigger: Trigger): Promise<void> {
    const { observer, clock, prepare } = this.#context;
    await this.#wake();
    try {
      for (;;) {
        await prepare();
        const order = { kind, trigger, acceptRemovals: false, preempt: false, keepLease: true };
        const result = await runOnce(this.#context, order, this.#stop.signal);
        if (!("heldBy" in result)) return this.#rest(result.run.lease);
        observer.accountHeld(result.heldBy);
        await clock.sleep(STANDBY_RETRY_MS, this.#stop.signal);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) observer.runNotBegun(kind, error);
    }
  }

  /** Between two runs the lease is kept; a person's `sync` may take it meanwhile. */
  #rest(lease: Lease): void {
    if (this.#stop.signal.aborted) return;
    this.#lease = lease;
    this.#resting = startHeartbeat(this.#context, lease, () => (this.#lease = null));
  }

  async #wake(): Promise<void> {
    await this.#resting?.[Symbol.asyncDispose]();
    this.#resting = null;
  }
}
