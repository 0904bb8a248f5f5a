import { codeOf } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import { NetworkError } from "./errors.ts";

/**
 * The NetworkError for what `fetch` or reading its body threw, or null if that is no failure of the network and so a
 * bug. `fetch` throws a TypeError whose cause is the failure, which may have causes of its own.
 */
export function toNetworkError(thrown: unknown): NetworkError | null {
  if (!(thrown instanceof TypeError) || !(thrown.cause instanceof Error)) return null;
  const cause = innermost(thrown.cause);
  const { reason, hint, isTransient } = diagnose(cause);
  const where = addressesOf(cause);
  // A parser's error carries the bytes that came, which may be anything; its message says enough.
  const details = isHttpParserError(cause) ? { hint, isTransient } : { hint, isTransient, cause };
  return new NetworkError(where === "" ? reason : `${reason} (${where})`, details);
}

interface Diagnosis {
  readonly reason: string;
  readonly hint: string;
  /** Whether waiting may help. */
  readonly isTransient: boolean;
}

const CHECK_NETWORK = "Check the network, APIFY_API_BASE_URL and, where one is used, HTTPS_PROXY.";
const CHECK_PROXY =
  "Check HTTPS_PROXY; user and password go into its URL, and NO_PROXY names hosts to reach without it.";

function diagnose(cause: Error): Diagnosis {
  const code = codeOf(cause) ?? "";
  const known = REASONS[code];
  if (known !== undefined) return { reason: known, hint: CHECK_NETWORK, isTransient: true };
  const proxyStatus = /^Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (proxyStatus !== undefined) {
    const isTransient = Number(proxyStatus) >= 500;
    return { reason: `the proxy answered ${proxyStatus}`, hint: CHECK_PROXY, isTransient };
  }
  if (cause.message === "bad port") return FORBIDDEN_PORT;
  if (TLS_CODES.test(code)) return diagnoseTls(code, quotable(cause.message));
  if (isHttpParserError(cause) || code === "ERR_ASSERTION") {
    const detail = isHttpParserError(cause) ? `: ${quotable(cause.message)}` : "";
    return { reason: `not an HTTP answer${detail}`, hint: CHECK_NETWORK, isTransient: true };
  }
  return { reason: quotable(cause.message), hint: CHECK_NETWORK, isTransient: true };
}

/** https://fetch.spec.whatwg.org/#port-blocking */
const FORBIDDEN_PORT: Diagnosis = {
  reason: "its port is reserved for another protocol",
  hint: "Serve it on another port and correct APIFY_API_BASE_URL.",
  isTransient: false,
};

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

/** OpenSSL's verification errors as Node names them, and failures of the handshake. */
const TLS_CODES = /CERT|SIGNATURE|INVALID_CA|HOSTNAME_MISMATCH|^ERR_SSL|^ERR_TLS|^EPROTO$/;
const AUTHORITY_CODES = /SELF_SIGNED|ISSUER_CERT|VERIFY_LEAF|UNTRUSTED|REJECTED|INVALID_CA|CERT_SIGNATURE/;

/** Nothing here passes by waiting. */
function diagnoseTls(code: string, message: string): Diagnosis {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") {
    const hint = "APIFY_API_BASE_URL must name the host as its certificate does.";
    return { reason: `the certificate is for another host name: ${message}`, hint, isTransient: false };
  }
  if (AUTHORITY_CODES.test(code)) {
    const hint =
      "If the authority is your own or a proxy's, start with NODE_EXTRA_CA_CERTS=its-certificate.pem in the environment (not in .env).";
    return { reason: `the certificate's authority is not trusted: ${message}`, hint, isTransient: false };
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const hint = "Check this machine's clock; if it is right, the server needs a new certificate.";
    return { reason: `the certificate is not valid today: ${message}`, hint, isTransient: false };
  }
  const hint = "Check the scheme and the port of APIFY_API_BASE_URL.";
  return { reason: `no secure connection: ${message}`, hint, isTransient: false };
}

function innermost(error: Error): Error {
  let at = error;
  for (let depth = 0; at.cause instanceof Error && depth < 8; depth++) at = at.cause;
  return at;
}

/** undici gives it no code. */
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
