import { backoffMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import {
  initialRate,
  afterSuccess,
  type Rate,
  rateAt,
  afterSend,
  afterThrottle,
  withServerLimit,
} from "../core/rate.ts";

/** The number of pauses when a request was sent: it distinguishes a new 429 from one of a burst that is paused for already. */
export type Ticket = number;

export interface RateLimiterOptions {
  readonly maxRequestsPerSecond: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Called after a pause with the milliseconds in which at least one request waited. */
  readonly onPaused: (ms: number) => void;
}

/** More requests than this waiting at once would be a bug of the caller. */
const WAITING_MAX = 1000;

interface Waiter {
  readonly admit: (ticket: Ticket) => void;
  readonly refuse: (reason: unknown) => void;
}

/** Spaces all requests that are sent with one token. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #rate: Rate;
  #wake = new AbortController();
  #isPumping = false;

  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#now = forwardClock(options.clock);
    this.#rate = initialRate(options.maxRequestsPerSecond, this.#now());
  }

  /** Resolves when a request may be sent, in the order of the calls; rejects with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<Ticket> {
    signal.throwIfAborted();
    if (this.#waiting.length >= WAITING_MAX) throw new Error(`more than ${WAITING_MAX} requests wait`);
    const { promise, resolve, reject } = Promise.withResolvers<Ticket>();
    const waiter = { admit: resolve, refuse: reject };
    const leave = () => this.#leave(waiter, signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.push(waiter);
    if (!this.#isPumping) void this.#pump();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** A request was answered, and not with 429. */
  succeeded(ticket: Ticket): void {
    this.#rate = afterSuccess(this.#rate, ticket);
  }

  /** A request was answered with 429: all wait, at least `floorMs`. Returns the milliseconds until the pause ends. */
  throttled(ticket: Ticket, floorMs: number | null): number {
    const now = this.#now();
    const pauseMs = backoffMs(this.#rate.streak + 1, this.#options.random, floorMs);
    this.#rate = afterThrottle(this.#rate, ticket, now, pauseMs, floorMs ?? 0);
    this.#wake.abort();
    return this.pauseMs;
  }

  /** The server said how many requests a second it allows. */
  setServerLimit(requestsPerSecond: number): void {
    this.#rate = withServerLimit(this.#rate, requestsPerSecond);
  }

  /** Milliseconds until the pause ends, 0 if there is none. */
  get pauseMs(): number {
    return Math.max(0, this.#rate.pausedUntil - this.#now());
  }

  /** Requests a second at this moment. */
  get rate(): number {
    return rateAt(this.#rate, this.#now());
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0) {
        const now = this.#now();
        if (now < this.#rate.pausedUntil) await this.#pause(now);
        else if (now < this.#rate.nextAt) await this.#sleep(this.#rate.nextAt - now);
        else this.#release(now);
      }
    } catch (error) {
      for (const waiter of this.#waiting.splice(0)) waiter.refuse(error);
    } finally {
      this.#isPumping = false;
    }
  }

  #release(now: number): void {
    this.#rate = afterSend(this.#rate, now);
    this.#waiting.shift()?.admit(this.#rate.pauses);
  }

  #leave(waiter: Waiter, reason: unknown): void {
    waiter.refuse(reason);
    const place = this.#waiting.indexOf(waiter);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (this.#waiting.length === 0) this.#wake.abort();
  }

  async #pause(from: number): Promise<void> {
    await this.#sleep(this.#rate.pausedUntil - from);
    this.#options.onPaused(this.#now() - from);
  }

  /** Sleeps for `ms`, or until a pause begins or moves, or no request waits. Rounded up, or the clock might not move on. */
  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const { signal } = this.#wake;
    try {
      await this.#options.clock.sleep(Math.ceil(ms), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** The clock's time without its steps backwards, so that a corrected system clock makes no wait longer. */
function forwardClock(clock: Clock): () => number {
  let last = clock.now();
  let elapsed = 0;
  return () => {
    const current = clock.now();
    elapsed += Math.max(0, current - last);
    last = current;
    return elapsed;
  };
}
