import { codeOf } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import { NetworkError } from "./errors.ts";

/**
 * The NetworkError for what `fetch` or the reading of its body threw, or null if that was no failure of the network
 * and so is a bug. `fetch` wraps the failure in a TypeError with the failure as its cause.
 */
export function toNetworkError(thrown: unknown): NetworkError | null {
  if (!(thrown instanceof TypeError) || !(thrown.cause instanceof Error)) return null;
  const cause = thrown.cause;
  const code = codeOf(cause) ?? "";
  const isTransient = !/CERT|SIGNATURE|ERR_SSL|ERR_TLS/.test(code);
  const hint = isTransient ? "Check the network and APIFY_API_BASE_URL." : CERTIFICATE_HINT;
  // A parser's error carries the bytes that came, which may be anything; its message says enough.
  const details = isHttpParserError(cause) ? { hint, isTransient } : { hint, isTransient, cause };
  return new NetworkError(reasonOf(cause, code), details);
}

const CERTIFICATE_HINT =
  "Check that APIFY_API_BASE_URL is right; a private authority goes into NODE_EXTRA_CA_CERTS.";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  UND_ERR_SOCKET: "connection closed before the answer was whole",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "the name service does not answer",
  ETIMEDOUT: "no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
};

function reasonOf(cause: Error, code: string): string {
  const where = addressesOf(cause);
  const prefix = isHttpParserError(cause) ? "not an HTTP answer: " : "";
  const reason = REASONS[code] ?? prefix + quotable(cause.message);
  return where === "" ? reason : `${reason} (${where})`;
}

/** Of undici, which gives it no code. */
function isHttpParserError(error: Error): boolean {
  return error.name === "HTTPParserError";
}

/** Where the connection went: one address, or each that was tried for a name with several. */
function addressesOf(error: Error): string {
  const tried: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return [...new Set(tried.map(addressOf))].filter((address) => address !== "").join(", ");
}

function addressOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("address" in error && "port" in error) return hostAndPort(String(error.address), String(error.port));
  return "hostname" in error ? String(error.hostname) : "";
}

function hostAndPort(address: string, port: string): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
