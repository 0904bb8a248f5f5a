/** When passes are due, by cron expressions in a time zone. Times are milliseconds since the epoch. */
import { Cron } from "croner";

/** Answers that are remembered: a tick takes a millisecond to find where a time zone has to be asked. */
const REMEMBERED = 8;

interface Answer {
  readonly after: number;
  readonly tick: number;
}

export class Schedule {
  readonly #cron: Cron;
  #answers: readonly Answer[] = [];

  constructor(expression: string, timeZone: string) {
    this.#cron = new Cron(expression, { timezone: timeZone, paused: true });
  }

  /** The first tick after a moment; null if there is none. */
  next(after: number): number | null {
    // It is the same for every moment before it.
    const known = this.#answers.find((answer) => answer.after <= after && after < answer.tick);
    if (known !== undefined) return known.tick;
    const tick = this.#cron.nextRun(new Date(after))?.getTime() ?? null;
    if (tick !== null) this.#answers = [{ after, tick }, ...this.#answers.slice(0, REMEMBERED - 1)];
    return tick;
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
