import type { Dispatcher, Headers } from "undici";

import { backoffMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import { parseHttpDate } from "../core/instant.ts";
import { withRetries } from "../retry.ts";
import { DATASETS_PATH, type Ownership } from "./contract.ts";
import { ApiError, RedirectRefusedError, ServerError, ThrottledError } from "./errors.ts";
import { BODY_MAX, createDispatcher, httpGet, type HttpResponse } from "./http.ts";
import { type PageContent, readPage } from "./page.ts";
import { RateLimiter, type Ticket } from "./rate-limiter.ts";
import { REDIRECTS_MAX, redirectTarget } from "./redirect.ts";
import { toResponseError } from "./response-error.ts";
import type { ClientEvent, ClientTraffic, RequestMeter } from "./traffic.ts";

export type { ClientEvent, ClientTraffic, RequestMeter } from "./traffic.ts";

/** Attempts at a page, the first one included. */
const ATTEMPTS_MAX = 8;

export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  /** Instead of the client's own. */
  readonly unnamed?: boolean;
  readonly ownership?: Ownership;
  /** Bytes that its body may have; default BODY_MAX. */
  readonly bodyMax?: number | undefined;
}

export interface FetchedPage extends PageContent {
  /** As asked for. */
  readonly offset: number;
  /** When the server answered, by its Date header; by our clock where that is missing or not to be believed. */
  readonly serverTimeMs: number;
  /** Number of the request among all that the client has sent, from 1. A later request has a larger one. */
  readonly requestNumber: number;
}

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
  /** Connections to the API that it shares with other clients; default: its own. */
  readonly dispatcher?: Dispatcher | undefined;
}

/** A Date header that differs from our clock by more is not believed. */
const CLOCK_SKEW_MAX_MS = 86_400_000;

/** Reads the list of datasets, a page a request. */
export class DatasetsClient {
  readonly #options: ClientOptions;
  readonly #dispatcher: Dispatcher;
  readonly #limiter: RateLimiter;
  readonly #traffic = { requests: 0, throttled: 0, throttledMs: 0, retried: 0 };

  /** Throws OperatorError if the proxy URL is invalid. */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.#dispatcher = options.dispatcher ?? createDispatcher(options.baseUrl);
    const onPaused = (ms: number) => {
      this.#traffic.throttledMs += ms;
      this.#emit({ kind: "paused", ms });
    };
    this.#limiter = new RateLimiter({ ...options, onPaused });
  }

  traffic(): ClientTraffic {
    return { ...this.#traffic };
  }

  /**
   * Throws an ApiError once attempts are used up or of no use, the signal's reason as soon as it aborts. Counts in
   * `meter` as well as in `traffic`.
   */
  async fetchPage(
    request: PageRequest,
    signal: AbortSignal,
    meter: RequestMeter = { requests: 0, throttled: 0, retried: 0 },
  ): Promise<FetchedPage> {
    return withRetries(() => this.#attempt(request, signal, meter), {
      attempts: ATTEMPTS_MAX,
      delayAfter: (error, attempt) => this.#delayAfter(error, attempt, meter),
      clock: this.#options.clock,
      signal,
    });
  }

  /** Null if another attempt is of no use. Unknown errors are bugs, and bugs are not retried. */
  #delayAfter(error: Error, attempt: number, meter: RequestMeter): number | null {
    if (!(error instanceof ApiError && error.isTransient)) return null;
    this.#count("retried", meter);
    // After a 429 all requests wait together, in the limiter.
    const isThrottled = error instanceof ThrottledError;
    const floorMs = error instanceof ServerError ? error.retryAfterMs : null;
    const delayMs = isThrottled ? this.#limiter.pauseMs : backoffMs(attempt, this.#options.random, floorMs);
    this.#emit({ kind: "retrying", error, attempt: attempt + 1, attempts: ATTEMPTS_MAX, delayMs });
    return isThrottled ? 0 : delayMs;
  }

  async #attempt(request: PageRequest, signal: AbortSignal, meter: RequestMeter): Promise<FetchedPage> {
    const { clock, token } = this.#options;
    const startedAt = clock.now();
    try {
      const { response, ...sent } = await this.#follow(request, signal, meter);
      return { offset: request.offset, ...sent, ...readPage(response, token) };
    } catch (error) {
      if (error instanceof ApiError) {
        this.#emit({ kind: "failed", failure: error.failure, durationMs: clock.now() - startedAt });
      }
      throw error;
    }
  }

  /** Sends the request, and where it is redirected inside its origin. */
  async #follow(request: PageRequest, signal: AbortSignal, meter: RequestMeter): Promise<Sent> {
    let url = this.#urlOf(request);
    for (let redirects = 0; ; redirects++) {
      const sent = await this.#send(url, request.bodyMax ?? BODY_MAX, signal, meter);
      const target = redirectTarget(sent.response, url, this.#options.token);
      if (target === null) return sent;
      if (redirects === REDIRECTS_MAX) {
        throw new RedirectRefusedError(sent.response.status, `more than ${REDIRECTS_MAX} in a row`);
      }
      url = target;
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

  /** One request when its turn comes; throws the error that its response stands for. */
  async #send(url: URL, bodyMax: number, signal: AbortSignal, meter: RequestMeter): Promise<Sent> {
    const { clock, token, userAgent, requestTimeoutMs: timeoutMs } = this.#options;
    const ticket = await this.#limiter.acquire(signal);
    this.#count("requests", meter);
    const requestNumber = this.#traffic.requests;
    const startedAt = clock.now();
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": userAgent };
    const response = await httpGet({
      url,
      headers,
      dispatcher: this.#dispatcher,
      timeoutMs,
      bodyMax,
      signal,
    });
    const arrivedAt = clock.now();
    this.#emit({ kind: "answered", status: response.status, durationMs: arrivedAt - startedAt });
    this.#obeyLimit(response.headers);
    const error = toResponseError(response, token, arrivedAt);
    if (error instanceof ThrottledError) this.#pauseAll(error, ticket, meter);
    else this.#limiter.succeeded(ticket);
    if (error !== null) throw error;
    return { response, requestNumber, serverTimeMs: serverTimeOf(response, arrivedAt) };
  }

  #obeyLimit(headers: Headers): void {
    const limit = Number(headers.get("x-ratelimit-limit"));
    if (Number.isFinite(limit) && limit > 0) this.#limiter.setServerLimit(limit);
  }

  #pauseAll(error: ThrottledError, ticket: Ticket, meter: RequestMeter): void {
    this.#count("throttled", meter);
    // A Retry-After that is too long to wait for ends the run instead; the usual pause is made all the same.
    const pauseMs = this.#limiter.throttled(ticket, error.isTransient ? error.retryAfterMs : null);
    this.#emit({ kind: "throttled", pauseMs });
  }

  #count(what: keyof RequestMeter, meter: RequestMeter): void {
    this.#traffic[what] += 1;
    meter[what] += 1;
  }

  #emit(event: ClientEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** A response, and when it was asked for and given. */
interface Sent {
  readonly response: HttpResponse;
  readonly requestNumber: number;
  readonly serverTimeMs: number;
}

function serverTimeOf({ headers }: HttpResponse, arrivedAt: number): number {
  const date = parseHttpDate(headers.get("date") ?? "");
  return date !== null && Math.abs(date - arrivedAt) <= CLOCK_SKEW_MAX_MS ? date : arrivedAt;
}
