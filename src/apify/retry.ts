import pRetry from "p-retry";

import { backoffMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { type ApiError, isRetried, ServerError, ThrottledError } from "./errors.ts";

/** Tries in all, the first one included. */
const TRIES_MAX = 8;

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called before each wait. `attempt` is the number of the try that failed, from 1; `delayMs` what is waited here. */
  readonly onRetry: (error: ApiError, attempt: number, delayMs: number) => void;
}

/**
 * Calls `attempt` until it succeeds, fails with an error that is not retried, or failed for the last time.
 * Rejects with that error, or with the signal's reason as soon as it aborts.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  return pRetry(attempt, {
    retries: TRIES_MAX - 1,
    // Waiting is ours, through the clock that was handed in.
    minTimeout: 0,
    maxTimeout: 0,
    signal: options.signal,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft === 0 || !isRetried(error)) throw error;
      const delayMs = delayAfter(error, attemptNumber, options.random);
      options.onRetry(error, attemptNumber, delayMs);
      if (delayMs > 0) await options.clock.sleep(delayMs, options.signal);
    },
  });
}

/** A throttled request waits in the pace, together with all others, and not here. */
function delayAfter(error: ApiError, attempt: number, random: Random): number {
  if (error instanceof ThrottledError) return 0;
  return backoffMs(attempt, random, error instanceof ServerError ? error.retryAfterMs : null);
}
