import type { Clock } from "../core/clock.ts";
import type { Kind } from "../mirror/begin-run.ts";
import type { SyncObserver } from "./observer.ts";
import type { Schedules } from "./schedule.ts";

export interface TickerContext {
  readonly clock: Clock;
  readonly schedules: Schedules;
  readonly observer: Pick<SyncObserver, "ticksMissed" | "clockSetBack">;
}

/** How long it sleeps at most: a clock that was set, or a machine that slept, is noticed within this time. */
const SLEEP_MS_MAX = 30_000;
/** A clock that is corrected by less has not been set back. */
const STEP_MS_MIN = 1000;
/** Missed ticks are counted no further. */
const TICKS_MAX = 100_000;

/**
 * Tells which ticks of the schedules have come since it looked last, so that none is lost to a process that slept, a run
 * that took long, or a clock that was put forward: however many came, one is due, at once.
 */
export class Ticker {
  readonly #context: TickerContext;
  readonly #onTick: (kind: Kind) => void;
  #lookedAt: number;

  constructor(context: TickerContext, onTick: (kind: Kind) => void) {
    this.#context = context;
    this.#onTick = onTick;
    this.#lookedAt = context.clock.now();
  }

  /** Ticks until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#lookedAt = this.#context.clock.now();
    while (!signal.aborted) {
      try {
        await this.#context.clock.sleep(this.#sleepMs(), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      }
      this.look();
    }
  }

  /** Reports the kinds that have come due. */
  look(): void {
    const { clock, observer } = this.#context;
    const now = clock.now();
    const from = this.#lookedAt;
    this.#lookedAt = now;
    if (from - now >= STEP_MS_MIN) observer.clockSetBack(from - now);
    for (const [kind, schedule] of this.#scheduled()) {
      const ticks = schedule.ticksBetween(from, now, TICKS_MAX);
      if (ticks > 1) observer.ticksMissed(kind, ticks - 1);
      if (ticks > 0) this.#onTick(kind);
    }
  }

  #sleepMs(): number {
    const now = this.#context.clock.now();
    const next = this.#scheduled().map(([, schedule]) => schedule.next(now) ?? Infinity);
    return Math.min(SLEEP_MS_MAX, Math.max(1, Math.min(...next) - now));
  }

  #scheduled() {
    const { incremental, named, full } = this.#context.schedules;
    return [
      ["incremental", incremental] as const,
      ...(named === null ? [] : [["named", named] as const]),
      ["full", full] as const,
    ];
  }
}
