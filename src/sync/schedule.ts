/** When passes are due, by cron expressions in a time zone. Times are milliseconds since the epoch. */
import { Cron } from "croner";

export class Schedule {
  readonly #cron: Cron;

  constructor(expression: string, timeZone: string) {
    this.#cron = new Cron(expression, { timezone: timeZone, paused: true });
  }

  /** The first tick after a moment; null if there is none. */
  next(after: number): number | null {
    return this.#cron.nextRun(new Date(after))?.getTime() ?? null;
  }

  /** Ticks after `from` and up to `to`; counts no further than `max`. */
  ticksBetween(from: number, to: number, max: number): number {
    let ticks = 0;
    for (let tick = this.next(from); tick !== null && tick <= to && ticks < max; tick = this.next(tick))
      ticks += 1;
    return ticks;
  }

  /** Milliseconds between the next two ticks; 0 if there are none. */
  intervalMs(now: number): number {
    const first = this.next(now);
    const second = first === null ? null : this.next(first);
    return first === null || second === null ? 0 : second - first;
  }
}

export interface Schedules {
  readonly incremental: Schedule;
  /** Null where no named passes are run. */
  readonly named: Schedule | null;
  readonly full: Schedule;
}
