import pRetry from "p-retry";

import type { Clock } from "./core/clock.ts";

export interface RetryOptions {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds to wait after attempt number `attempt` (from 1) has failed, or null to give up. */
  readonly delayAfter: (error: Error, attempt: number) => number | null;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls `work` until it succeeds, its error is not worth another attempt, or no attempts are left. Rejects with the
 * last error, or with the signal's reason as soon as it aborts.
 */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, delayAfter, clock, signal } = options;
  return pRetry(work, {
    retries: attempts - 1,
    // The waiting is done below, by the clock that was handed in.
    minTimeout: 0,
    maxTimeout: 0,
    signal,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      const delayMs = retriesLeft === 0 ? null : delayAfter(error, attemptNumber);
      if (delayMs === null) throw error;
      if (delayMs > 0) await clock.sleep(delayMs, signal);
    },
  });
}
