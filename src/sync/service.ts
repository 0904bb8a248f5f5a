/**
 * The passes of one account for as long as the process lives: at once when it starts and then at every tick, one run at a
 * time. An incremental tick that comes due during a long pass is served between two of its commits. The lease is held
 * between runs, so a second service of the account waits until this one is gone.
 */
import type { Held, Kind, Run, Trigger } from "../mirror/begin-run.ts";
import type { Lease } from "../mirror/lease.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { runOnce } from "./run.ts";
import type { RunContext, RunOrder } from "./run.ts";
import type { RunReport } from "./run-report.ts";
import type { Schedules } from "./schedule.ts";
import { Ticker } from "./ticker.ts";

export interface ServiceContext extends Omit<RunContext, "interrupt"> {
  /** Makes the database ready for a run, if it is not yet: running, with the schema of this program. */
  readonly prepare: () => Promise<void>;
  /** Called after runs that succeeded, when none is due: what is to be done now and then. */
  readonly tidy: () => Promise<void>;
  readonly schedules: Schedules;
}

/** How often a service that waits asks for the lease: together with the lease's time to live, less than 60 s. */
const STANDBY_RETRY_MS = 10_000;
/** Which of several runs goes first. */
const KINDS = ["incremental", "named", "full"] as const;

export class SyncService implements AsyncDisposable {
  readonly #context: ServiceContext;
  readonly #stop = new AbortController();
  readonly #due = new Map<Kind, Trigger>();
  readonly #ticker: Ticker;
  #ticking: Promise<void> | null = null;
  #working: Promise<void> | null = null;
  /** The full pass was compared with its schedule since the process started. */
  #isFullChecked = false;
  #heartbeat: AsyncDisposable | null = null;
  #lease: Lease | null = null;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.#ticker = new Ticker(context, (kind) => this.tick(kind, "schedule"));
  }

  /** Begins the first pass and the schedule. */
  start(): void {
    if (this.#ticking !== null || this.#stop.signal.aborted) return;
    this.#ticking = this.#ticker.run(this.#stop.signal);
    this.tick("incremental", "startup");
  }

  /** A run of a kind is due: it begins as soon as no other is under way. */
  tick(kind: Kind, trigger: Trigger): void {
    if (this.#stop.signal.aborted) return;
    if (this.#due.has(kind)) this.#context.observer.ticksMissed(kind, 1);
    else this.#due.set(kind, trigger);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Resolves when no run is under way or due. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** Stops after the page in hand, closes the run as interrupted and gives the lease back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("stopped on request"));
    await this.#ticking;
    await this.idle();
    await this.#endHeartbeat();
    if (this.#lease !== null) await this.#context.mirror.releaseLease(this.#lease).catch(() => {});
    this.#lease = null;
  }

  async #work(): Promise<void> {
    for (let kind = this.#next(); kind !== undefined; kind = this.#next()) {
      const trigger = this.#due.get(kind) ?? "schedule";
      this.#due.delete(kind);
      await this.#endHeartbeat();
      try {
        const { outcome } = await this.#runWhenFree(kind, trigger);
        if (outcome.status === "succeeded" && this.#due.size === 0 && !this.#stop.signal.aborted)
          await this.#context.tidy();
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#context.observer.runNotBegun(kind, error);
      }
    }
  }

  #next(): Kind | undefined {
    return this.#stop.signal.aborted ? undefined : KINDS.find((kind) => this.#due.has(kind));
  }

  async #runWhenFree(kind: Kind, trigger: Trigger): Promise<RunReport> {
    const { observer, clock, prepare } = this.#context;
    for (;;) {
      await prepare();
      const result = await this.#run(kind, trigger, null);
      if (!("heldBy" in result)) {
        this.#conclude(result);
        return result;
      }
      observer.accountHeld(result.heldBy);
      await clock.sleep(STANDBY_RETRY_MS, this.#stop.signal);
    }
  }

  #run(kind: Kind, trigger: Trigger, within: Lease | null): Promise<RunReport | Held> {
    const { schedules, clock } = this.#context;
    const order: RunOrder = {
      ...{ kind, trigger, within },
      acceptRemovals: false,
      resumeMsMax: schedules.full.intervalMs(clock.now()),
      preempt: false,
      keepLease: true,
    };
    const interrupt = (run: Run) => this.#interrupt(run);
    return runOnce({ ...this.#context, interrupt }, order, this.#stop.signal);
  }

  /** An incremental run that came due inside a longer one. The first pass of all brings everything itself. */
  async #interrupt(run: Run): Promise<RunReport | null> {
    this.#ticker.look();
    const trigger = this.#due.get("incremental");
    const isFirst = run.adoptsScope || run.state.incremental.cursor.anchor === null;
    if (trigger === undefined || run.isNested || run.kind === "incremental" || isFirst) return null;
    this.#due.delete("incremental");
    const result = await this.#run("incremental", trigger, run.lease);
    if ("heldBy" in result) return null;
    if (result.needsFullPass) this.tick("full", "schedule");
    return result;
  }

  #conclude(report: RunReport): void {
    const { run } = report;
    if (report.needsFullPass || this.#isFullOverdue(run)) this.tick("full", "schedule");
    if (this.#stop.signal.aborted) return;
    this.#lease = run.lease;
    this.#heartbeat = startHeartbeat(this.#context, run.lease, () => (this.#lease = null));
  }

  /** At start: a tick has passed since the last proven full pass began, or a pass was stopped that can be resumed. */
  #isFullOverdue({ kind, state, startedAt }: Run): boolean {
    if (this.#isFullChecked) return false;
    this.#isFullChecked = true;
    if (kind === "full") return false;
    const { full } = this.#context.schedules;
    const now = this.#context.clock.now();
    const age = startedAt - (state.lastFullPassAt ?? -Infinity);
    const isOpen = state.full !== null && startedAt - state.full.startedAt < full.intervalMs(now);
    return isOpen || age === Infinity || full.ticksBetween(now - age, now, 1) > 0;
  }

  async #endHeartbeat(): Promise<void> {
    await this.#heartbeat?.[Symbol.asyncDispose]();
    this.#heartbeat = null;
  }
}
