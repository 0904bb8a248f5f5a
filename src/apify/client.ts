import type { Clock, Random } from "../core/clock.ts";
import { DATASETS_PATH, type Ownership } from "./contract.ts";
import { ApiError, type Failure, RedirectRefusedError, ThrottledError } from "./errors.ts";
import { type Answer, exchange } from "./exchange.ts";
import { RateLimiter, type Ticket } from "./rate-limiter.ts";
import { type FetchedPage, readPage } from "./page.ts";
import { REDIRECTS_MAX, redirectIn } from "./redirect.ts";
import { refusalIn } from "./refusal.ts";
import { withRetries } from "./retry.ts";

export type { FetchedPage } from "./page.ts";

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
 * For logs and metrics. `answered`: an answer is there, which may still be a failure. `failed`: a try is over; its
 * duration holds the wait for its turn.
 */
export type ClientEvent =
  | { readonly kind: "answered"; readonly status: number; readonly durationMs: number }
  | { readonly kind: "failed"; readonly failure: Failure; readonly durationMs: number }
  | { readonly kind: "throttled"; readonly pauseMs: number }
  | { readonly kind: "paused"; readonly ms: number }
  | {
      readonly kind: "retrying";
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: ApiError;
    };

export interface ClientOptions {
  readonly baseUrl: URL;
  /** Sent as a header only. */
  readonly token: string;
  readonly unnamed: boolean;
  readonly ownership: Ownership | undefined;
  /** One request, body included. */
  readonly requestTimeoutMs: number;
  readonly maxRequestsPerSecond: number;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent?: (event: ClientEvent) => void;
}

/** Reads the list of datasets, a page a request. */
export class DatasetsClient {
  readonly #options: ClientOptions;
  readonly #pace: RateLimiter;
  readonly #traffic = { requests: 0, throttled: 0, throttledMs: 0, retried: 0 };

  constructor(options: ClientOptions) {
    this.#options = options;
    const onPaused = (ms: number) => {
      this.#traffic.throttledMs += ms;
      options.onEvent?.({ kind: "paused", ms });
    };
    this.#pace = new RateLimiter({ ...options, onPaused });
  }

  traffic(): ClientTraffic {
    return { ...this.#traffic };
  }

  /** Throws an ApiError once retries are used up or of no use, the signal's reason as soon as it aborts. */
  async fetchPage(request: { offset: number; limit: number }, signal: AbortSignal): Promise<FetchedPage> {
    const { clock, random, onEvent } = this.#options;
    return withRetries(() => this.#attempt(request, signal), {
      clock,
      random,
      signal,
      onRetry: (error, attempt, delayMs) => {
        this.#traffic.retried += 1;
        onEvent?.({ kind: "retrying", attempt, delayMs, error });
      },
    });
  }

  async #attempt(request: { offset: number; limit: number }, signal: AbortSignal): Promise<FetchedPage> {
    const { clock, token, onEvent } = this.#options;
    const startedAt = clock.now();
    try {
      return readPage(await this.#follow(this.#urlOf(request), signal), request.offset, token);
    } catch (error) {
      if (error instanceof ApiError) {
        onEvent?.({ kind: "failed", failure: error.failure, durationMs: clock.now() - startedAt });
      }
      throw error;
    }
  }

  #urlOf({ offset, limit }: { offset: number; limit: number }): URL {
    const { baseUrl, unnamed, ownership } = this.#options;
    const url = new URL(`${baseUrl.pathname.replace(/\/+$/, "")}${DATASETS_PATH}`, baseUrl.origin);
    // Ascending, the only order the walk can prove anything in, is the API's default.
    const query = { offset, limit, unnamed, ...(ownership && { ownership }) };
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return url;
  }

  async #follow(start: URL, signal: AbortSignal): Promise<Answer> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send(url, signal);
      const target = redirectIn(answer, url, this.#options.token);
      if (target === null) return answer;
      if (redirects === REDIRECTS_MAX) {
        throw new RedirectRefusedError(answer.status, `more than ${REDIRECTS_MAX} in a row`);
      }
      url = target;
    }
  }

  /** One request when its turn comes; throws the error that its answer stands for. */
  async #send(url: URL, signal: AbortSignal): Promise<Answer> {
    const { clock, token, userAgent, requestTimeoutMs, onEvent } = this.#options;
    const ticket = await this.#pace.acquire(signal);
    this.#traffic.requests += 1;
    const startedAt = clock.now();
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": userAgent };
    const answer = await exchange({ url, headers, timeoutMs: requestTimeoutMs, signal });
    onEvent?.({ kind: "answered", status: answer.status, durationMs: clock.now() - startedAt });
    this.#heedLimit(answer.headers);
    const refusal = refusalIn(answer, token, clock.now());
    if (refusal instanceof ThrottledError) this.#pauseAll(refusal, ticket);
    else this.#pace.succeeded(ticket);
    if (refusal !== null) throw refusal;
    return answer;
  }

  #heedLimit(headers: Headers): void {
    const said = Number(headers.get("x-ratelimit-limit"));
    if (Number.isFinite(said) && said > 0) this.#pace.setServerLimit(said);
  }

  #pauseAll(error: ThrottledError, ticket: Ticket): void {
    this.#traffic.throttled += 1;
    // A wait that is too long to be kept to ends the run instead; the usual pause is made all the same.
    const pauseMs = this.#pace.throttled(ticket, error.isTransient ? error.retryAfterMs : null);
    this.#options.onEvent?.({ kind: "throttled", pauseMs });
  }
}
