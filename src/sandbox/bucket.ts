/** A token bucket: holds at most one second's worth of requests, fills at `rate` a second. Time is handed in. */
export class Bucket {
  #tokens: number | null = null;
  #filledAt = 0;

  /** Takes one token; false when there is none. `rate` may differ from call to call. */
  take(rate: number, now: number): boolean {
    const capacity = Math.max(1, rate);
    const gained = (Math.max(0, now - this.#filledAt) * rate) / 1000;
    this.#tokens = Math.min(capacity, (this.#tokens ?? capacity) + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
