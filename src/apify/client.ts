import type { Clock, Random } from "../core/clock.ts";
import { retryAfterMs } from "../core/backoff.ts";
import { parseHttpDate } from "../core/instant.ts";
import { messageOf } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import { discardBody, readBody, readHead } from "./body.ts";
import { DATASETS_PATH, envelopeSchema, errorBodySchema } from "./contract.ts";
import type { Ownership } from "./contract.ts";
import { createDeadline } from "./deadline.ts";
import {
  ApiError,
  ApiRefusedError,
  BadAnswerError,
  NetworkError,
  RedirectRefusedError,
  ServerError,
  ThrottledError,
} from "./errors.ts";
import type { Failure } from "./errors.ts";
import { judgeItem } from "./item.ts";
import type { ListedDataset, RejectedItem } from "./item.ts";
import { toNetworkError } from "./network.ts";
import { Pace } from "./pace.ts";
import type { Ticket } from "./pace.ts";
import { withRetries } from "./retry.ts";

/** One answer of the list, judged item by item. */
export interface FetchedPage {
  /** As asked for. */
  readonly offset: number;
  readonly echoedOffset: number;
  /** As the server tells it. */
  readonly limit: number;
  readonly total: number;
  readonly count: number;
  /** The Date header, milliseconds since the epoch; null where there is none. */
  readonly serverTimeMs: number | null;
  /** In the order of the list. */
  readonly items: ReadonlyArray<ListedDataset | RejectedItem>;
  /** Length of the body, decompressed. */
  readonly bytes: number;
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

/** For logs and metrics. */
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

/** Redirects inside the origin that are followed for one request. */
const REDIRECTS_MAX = 3;

/** Reads the list of datasets, a page a request. */
export class DatasetsClient {
  readonly #options: ClientOptions;
  readonly #pace: Pace;
  readonly #traffic = { requests: 0, throttled: 0, throttledMs: 0, retried: 0 };

  constructor(options: ClientOptions) {
    this.#options = options;
    const onPaused = (ms: number) => {
      this.#traffic.throttledMs += ms;
      options.onEvent?.({ kind: "paused", ms });
    };
    this.#pace = new Pace({ ...options, onPaused });
  }

  traffic(): ClientTraffic {
    return { ...this.#traffic };
  }

  /** Throws an ApiError once retries are used up or of no use, the signal's reason as soon as it aborts. */
  async fetchPage(request: { offset: number; limit: number }, signal: AbortSignal): Promise<FetchedPage> {
    const { clock, random, onEvent } = this.#options;
    return withRetries(() => this.#attempt(request, signal), {
      ...{ clock, random, signal },
      onRetry: (error, attempt, delayMs) => {
        this.#traffic.retried += 1;
        onEvent?.({ kind: "retrying", attempt, delayMs, error });
      },
    });
  }

  async #attempt(request: { offset: number; limit: number }, signal: AbortSignal): Promise<FetchedPage> {
    const ticket = await this.#pace.admit(signal);
    this.#traffic.requests += 1;
    const { requestTimeoutMs, onEvent, clock } = this.#options;
    const startedAt = clock.now();
    using deadline = createDeadline([signal], requestTimeoutMs);
    try {
      const response = await this.#send(this.#urlOf(request), deadline.signal);
      onEvent?.({ kind: "answered", status: response.status, durationMs: clock.now() - startedAt });
      return await this.#read(response, request, ticket);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = deadline.isOver ? tookTooLong(requestTimeoutMs) : (toNetworkError(thrown) ?? thrown);
      if (error instanceof ApiError) {
        onEvent?.({ kind: "failed", failure: error.failure, durationMs: clock.now() - startedAt });
      }
      throw error;
    }
  }

  #urlOf({ offset, limit }: { offset: number; limit: number }): URL {
    const { baseUrl, unnamed, ownership } = this.#options;
    const url = new URL(`${baseUrl.pathname.replace(/\/$/, "")}${DATASETS_PATH}`, baseUrl);
    const query = { offset, limit, unnamed, ...(ownership && { ownership }) };
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    return url;
  }

  /** `fetch` would follow a redirect anywhere, and with the token. */
  async #send(url: URL, signal: AbortSignal, redirectsLeft = REDIRECTS_MAX): Promise<Response> {
    const { token, userAgent } = this.#options;
    const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": userAgent };
    const response = await fetch(url, { headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await discardBody(response);
    const target = URL.parse(location, url.href);
    if (target?.origin !== url.origin) {
      const where = target === null ? "nowhere" : quotable(target.origin, token);
      throw new RedirectRefusedError(response.status, `it leads to ${where}, away from ${url.origin}`);
    }
    if (redirectsLeft === 0) throw new RedirectRefusedError(response.status, "one redirect too many");
    return this.#send(target, signal, redirectsLeft - 1);
  }

  async #read(response: Response, { offset }: { offset: number }, ticket: Ticket): Promise<FetchedPage> {
    const serverTimeMs = parseHttpDate(response.headers.get("date") ?? "");
    this.#heedLimit(response);
    if (!response.ok) throw await this.#refusalOf(response, serverTimeMs, ticket);
    this.#pace.passed(ticket);
    const body = await readBody(response);
    const text = body.toString("utf8");
    const { data } = parseEnvelope(text, response.headers.get("content-type") ?? "", this.#options.token);
    // These escapes are the only way JSON can spell a NUL or a lone surrogate, so nearly no page is looked at closely.
    const closely = /\\u(0000|d[89a-f])/i.test(text);
    return {
      offset,
      echoedOffset: data.offset,
      limit: data.limit,
      total: data.total,
      count: data.count,
      serverTimeMs,
      items: data.items.map((item) => judgeItem(item, closely)),
      bytes: body.byteLength,
    };
  }

  #heedLimit(response: Response): void {
    const said = Number(response.headers.get("x-ratelimit-limit"));
    if (Number.isFinite(said) && said > 0) this.#pace.told(said);
  }

  async #refusalOf(response: Response, serverTimeMs: number | null, ticket: Ticket): Promise<ApiError> {
    const { status, headers } = response;
    const { type, message } = saidIn((await readHead(response)).toString("utf8"), this.#options.token);
    const floorMs = retryAfterMs(headers.get("retry-after"), serverTimeMs ?? this.#options.clock.now());
    if (status === 429) {
      const error = new ThrottledError(floorMs, message);
      this.#traffic.throttled += 1;
      const pauseMs = this.#pace.throttled(ticket, error.isTransient ? floorMs : null);
      this.#options.onEvent?.({ kind: "throttled", pauseMs });
      return error;
    }
    this.#pace.passed(ticket);
    return status >= 500
      ? new ServerError(status, floorMs, message)
      : new ApiRefusedError(status, type, message);
  }
}

function tookTooLong(ms: number): NetworkError {
  return new NetworkError(`no whole answer within ${ms / 1000} s`, {
    hint: "Raise REQUEST_TIMEOUT or lower PAGE_SIZE if the network is slow.",
  });
}

function parseEnvelope(text: string, contentType: string, token: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const what = /^\s*</.test(text) ? "an HTML page" : `no JSON (${quotable(messageOf(error), token, 80)})`;
    throw new BadAnswerError(`it is ${what}, content type ${quotable(contentType, token, 80) || "unknown"}`);
  }
  const envelope = envelopeSchema.safeParse(json);
  if (envelope.success) return envelope.data;
  const { path = [], message = "" } = envelope.error.issues[0] ?? {};
  throw new BadAnswerError(`${path.join(".") || "the answer"}: ${quotable(message, token)}`);
}

/** What the body of a failed request says, fit for a message; the body may be anything. */
function saidIn(text: string, token: string): { type: string | null; message: string } {
  try {
    const { error } = errorBodySchema.parse(JSON.parse(text));
    return { type: quotable(error.type, token, 80), message: quotable(error.message, token) };
  } catch {
    return { type: null, message: quotable(text, token) || "no message" };
  }
}
