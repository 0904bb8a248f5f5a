import { OUTAGE_WAIT_MAX_MS, RETRY_AFTER_MAX_MS } from "../core/backoff.ts";
import { OperatorError } from "../core/errors.ts";

/** What went wrong with a request, in one word: a label for counters. */
export type Failure =
  | "refused"
  | "throttled"
  | "server"
  | "network"
  | "bad-answer"
  | "too-large"
  | "redirect"
  | "unexpected";

interface Details {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A request for a page that failed. Messages hold text of the server only in its quotable form, never the token. */
export abstract class ApiError extends OperatorError {
  override name = "ApiError";
  abstract readonly failure: Failure;
  /** Whether the same request may succeed a little later. */
  abstract readonly isTransient: boolean;
  /** What went wrong in a few words, for a line that has no room for the message: "connection refused". */
  readonly reason: string;

  constructor(reason: string, message: string, details: Details = {}) {
    super(message, details);
    this.reason = reason;
  }
}

/** A status of 4xx other than 429: asking again changes nothing. */
export class ApiRefusedError extends ApiError {
  override name = "ApiRefusedError";
  readonly failure = "refused";
  readonly isTransient = false;
  readonly status: number;
  /** The API's error type, null where the body held none. */
  readonly type: string | null;

  constructor(status: number, type: string | null, text: string) {
    const words = type === null ? text : `${type}: ${text}`;
    const refused = status === 401 ? "the token" : "the list of datasets";
    super(`status ${status}`, `Apify refused ${refused}: ${status} ${words}`, {
      hint: hintFor(status),
    });
    this.status = status;
    this.type = type;
  }
}

/** Status 429. */
export class ThrottledError extends ApiError {
  override name = "ThrottledError";
  readonly failure = "throttled";
  readonly isTransient: boolean;
  /** Milliseconds that Retry-After asks for, null where there is none. */
  readonly retryAfterMs: number | null;

  constructor(retryAfterMs: number | null, text: string) {
    const wait = waitAskedFor(retryAfterMs, RETRY_AFTER_MAX_MS);
    super("too many requests", `Apify answered 429, too many requests: ${text}${wait}`, {
      hint: "Other clients use the same account's limit; lower MAX_REQUESTS_PER_SECOND or pause them.",
    });
    this.retryAfterMs = retryAfterMs;
    this.isTransient = (retryAfterMs ?? 0) <= RETRY_AFTER_MAX_MS;
  }
}

/** A status of 5xx. */
export class ServerError extends ApiError {
  override name = "ServerError";
  readonly failure = "server";
  readonly isTransient: boolean;
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, retryAfterMs: number | null, text: string) {
    const wait = waitAskedFor(retryAfterMs, OUTAGE_WAIT_MAX_MS);
    super(`status ${status}`, `Apify failed with status ${status}: ${text}${wait}`, {
      hint: "The fault is the server's; see https://status.apify.com if it lasts.",
    });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.isTransient = (retryAfterMs ?? 0) <= OUTAGE_WAIT_MAX_MS;
  }
}

/** No answer, or only a part of one: reset, refused, DNS, timeout, certificate, proxy. */
export class NetworkError extends ApiError {
  override name = "NetworkError";
  readonly failure = "network";
  readonly isTransient: boolean;

  constructor(reason: string, details: Details & { isTransient?: boolean } = {}) {
    super(reason, `Apify cannot be reached: ${reason}`, details);
    this.isTransient = details.isTransient ?? true;
  }
}

/** An answer with status 2xx that is not a page of the list. */
export class BadAnswerError extends ApiError {
  override name = "BadAnswerError";
  readonly failure = "bad-answer";
  readonly isTransient = true;

  constructor(detail: string) {
    super("not a page of datasets", `Apify's answer is not a page of datasets: ${detail}`, {
      hint: "Something between here and the API may answer in its place; check APIFY_API_BASE_URL and proxies.",
    });
  }
}

/** An answer larger than a page can be. */
export class BodyTooLargeError extends ApiError {
  override name = "BodyTooLargeError";
  readonly failure = "too-large";
  readonly isTransient = false;

  constructor(size: string, max: string) {
    super("answer too large", `Apify's answer is too large: ${size}, where a page has at most ${max}`, {
      hint: "Lower PAGE_SIZE if pages are that large; else check APIFY_API_BASE_URL.",
    });
  }
}

/** A redirect that is not followed. The token was not sent to where it points. */
export class RedirectRefusedError extends ApiError {
  override name = "RedirectRefusedError";
  readonly failure = "redirect";
  readonly isTransient = false;

  constructor(status: number, detail: string) {
    super("redirect", `Apify answered with a redirect (${status}) that is not followed: ${detail}`, {
      hint: "The token is sent to the origin of APIFY_API_BASE_URL only; if the API moved, set the new address there.",
    });
  }
}

function hintFor(status: number): string {
  switch (status) {
    case 401:
      return "The token is missing, mistyped or revoked; check APIFY_TOKEN or APIFY_TOKEN_FILE.";
    case 403:
      return "The token in APIFY_TOKEN or APIFY_TOKEN_FILE lacks the permission; it needs account-wide read access to datasets.";
    case 400:
      return "The query was not understood; check PAGE_SIZE, DATASETS_UNNAMED and DATASETS_OWNERSHIP.";
    case 404:
    case 405:
      return "This address does not serve Apify's list of datasets; check APIFY_API_BASE_URL.";
    default:
      return "Asking again changes nothing; check APIFY_API_BASE_URL and the token.";
  }
}

function waitAskedFor(retryAfterMs: number | null, maxMs: number): string {
  if (retryAfterMs === null) return "";
  const excess = retryAfterMs <= maxMs ? "" : `, more than the ${seconds(maxMs)} that are waited for`;
  return `; it asks to wait ${seconds(retryAfterMs)}${excess}`;
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
