import type { Clock, Random } from "../core/clock.ts";
import { parseHttpDate } from "../core/instant.ts";
import { DATASETS_PATH, type Ownership } from "./contract.ts";
import { ApiError, type Failure, RedirectRefusedError, ThrottledError } from "./errors.ts";
import { type Answer, exchange } from "./exchange.ts";
import { RateLimiter, type Ticket } from "./rate-limiter.ts";
import { type DatedAnswer, type FetchedPage, readPage } from "./page.ts";
import { REDIRECTS_MAX, redirectIn } from "./redirect.ts";
import { refusalIn } from "./refusal.ts";
import { withRetries } from "./retry.ts";

export type { FetchedPage } from "./page.ts";

/** The part of the list that is asked for; `unnamed` and `ownership` stand in for the client's own here. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  readonly unnamed?: boolean;
  readonly ownership?: Ownership;
}

/** Counts what one run asks of the server; the client adds to it. */
export interface RequestMeter {
  requests: number;
  /** Answers 429. */
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

/** The longest that the server's clock is believed to differ from ours. */
const CLOCK_SKEW_MAX_MS = 86_400_000;

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

  /**
   * Throws an ApiError once retries are used up or of no use, the signal's reason as soon as it aborts. `meter` is
   * kept along with `traffic`.
   */
  async fetchPage(
    request: PageRequest,
    signal: AbortSignal,
    meter: RequestMeter = { requests: 0, throttled: 0, retried: 0 },
  ): Promise<FetchedPage> {
    const { clock, random, onEvent } = this.#options;
    return withRetries(() => this.#attempt(request, signal, meter), {
      clock,
      random,
      signal,
      onRetry: (error, attempt, delayMs) => {
        this.#traffic.retried += 1;
        meter.retried += 1;
        onEvent?.({ kind: "retrying", attempt, delayMs, error });
      },
    });
  }

  async #attempt(request: PageRequest, signal: AbortSignal, meter: RequestMeter): Promise<FetchedPage> {
    const { clock, token, onEvent } = this.#options;
    const startedAt = clock.now();
    try {
      return readPage(await this.#follow(this.#urlOf(request), signal, meter), request.offset, token);
    } catch (error) {
      if (error instanceof ApiError) {
        onEvent?.({ kind: "failed", failure: error.failure, durationMs: clock.now() - startedAt });
      }
      throw error;
    }
  }

  #urlOf({ offset, limit, ...scope }: PageRequest): URL {
    const { baseUrl, unnamed, ownership } = { ...this.#options, ...scope };
    const url = new URL(`${baseUrl.pathname.replace(/\/+$/, "")}${DATASETS_PATH}`, baseUrl.origin);
    // Ascending, the only order the walk can prove anything in, is the API's default.
    const query = { offset, limit, unnamed, ...(ownership && { ownership }) };
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return url;
  }

  async #follow(start: URL, signal: AbortSignal, meter: RequestMeter): Promise<DatedAnswer> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send(url, signal, meter);
      const target = redirectIn(answer, url, this.#options.token);
      if (target === null) return answer;
      if (redirects === REDIRECTS_MAX) {
        throw new RedirectRefusedError(answer.status, `more than ${REDIRECTS_MAX} in a row`);
      }
      url = target;
    }
  }

  /** One request when its turn comes; throws the error that its answer stands for. */
  async #send(url: URL, signal: AbortSignal, meter: RequestMeter): Promise<DatedAnswer> {
    const { clock, token, userAgent, requestTimeoutMs, onEvent } = this.#options;
    const ticket = await this.#pace.acquire(signal);
    meter.requests += 1;
    const requestNumber = ++this.#traffic.requests;
    const startedAt = clock.now();
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": userAgent };
    const answer = await exchange({ url, headers, timeoutMs: requestTimeoutMs, signal });
    const arrivedAt = clock.now();
    onEvent?.({ kind: "answered", status: answer.status, durationMs: arrivedAt - startedAt });
    this.#heedLimit(answer.headers);
    const refusal = refusalIn(answer, token, arrivedAt);
    if (refusal instanceof ThrottledError) this.#pauseAll(refusal, ticket, meter);
    else this.#pace.succeeded(ticket);
    if (refusal !== null) throw refusal;
    return { ...answer, requestNumber, serverTimeMs: serverTimeOf(answer, arrivedAt) };
  }

  #heedLimit(headers: Headers): void {
    const said = Number(headers.get("x-ratelimit-limit"));
    if (Number.isFinite(said) && said > 0) this.#pace.setServerLimit(said);
  }

  #pauseAll(error: ThrottledError, ticket: Ticket, meter: RequestMeter): void {
    this.#traffic.throttled += 1;
    meter.throttled += 1;
    // A wait that is too long to be kept to ends the run instead; the usual pause is made all the same.
    const pauseMs = this.#pace.throttled(ticket, error.isTransient ? error.retryAfterMs : null);
    this.#options.onEvent?.({ kind: "throttled", pauseMs });
  }
}

/** The Date header, or our own time where there is none that can be believed. */
function serverTimeOf({ headers }: Answer, arrivedAt: number): number {
  const date = parseHttpDate(headers.get("date") ?? "");
  return date !== null && Math.abs(date - arrivedAt) <= CLOCK_SKEW_MAX_MS ? date : arrivedAt;
}
