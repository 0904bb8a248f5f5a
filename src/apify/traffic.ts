import type { ApiError, Failure } from "./errors.ts";

/** Counts what one run asks of the server; the client adds to it. */
export interface RequestMeter {
  requests: number;
  /** 429 responses. */
  throttled: number;
  retried: number;
}

/** What was asked of the server since the client was made. */
export interface ClientTraffic {
  readonly requests: number;
  /** Answers 429. */
  readonly throttled: number;
  /** Milliseconds spent paused because of them with a request waiting. */
  readonly throttledMs: number;
  readonly retried: number;
}

/**
 * For logs and metrics. `answered`: a response is here, which may still be an error. `failed`: an attempt is over; its
 * duration includes the wait for its turn. `paused`: a pause because of 429 answers is over.
 */
export type ClientEvent =
  | { readonly kind: "answered"; readonly status: number; readonly durationMs: number }
  | { readonly kind: "failed"; readonly failure: Failure; readonly durationMs: number }
  | { readonly kind: "throttled"; readonly pauseMs: number }
  | { readonly kind: "paused"; readonly ms: number }
  | {
      readonly kind: "retrying";
      readonly error: ApiError;
      /** The attempt that comes, of so many: "try 3 of 8". */
      readonly attempt: number;
      readonly attempts: number;
      /** Milliseconds until it comes. */
      readonly delayMs: number;
    };
