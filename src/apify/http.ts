import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type Headers, type Response } from "undici";

import { OperatorError } from "../core/errors.ts";
import { isLoopback } from "../core/loopback.ts";
import { BodyTooLargeError, NetworkError } from "./errors.ts";
import { toNetworkError } from "./network-error.ts";

const MIB = 1024 * 1024;
/** Bytes, after decompression. A page of 1000 datasets is about half a megabyte. */
export const BODY_MAX = 64 * MIB;
/** Bytes of the body of a 4xx or 5xx that are read: enough for its error. */
const ERROR_BODY_MAX = 64 * 1024;

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  /** Milliseconds for the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Bytes the body of a 2xx may have, after decompression. */
  readonly bodyMax: number;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Whole for 2xx, the beginning for 4xx and 5xx, empty for a redirect. */
  readonly body: Buffer;
}

/**
 * Connections to the API at `baseUrl`, through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY say; directly if it
 * is on this machine. Throws OperatorError if the proxy URL is invalid.
 */
export function createDispatcher(baseUrl: URL): Dispatcher {
  // `httpGet` has one timeout for all. HTTP/2 would put all pages on one connection.
  const options = { headersTimeout: 0, bodyTimeout: 0, allowH2: false };
  if (isLoopback(baseUrl.hostname)) return new Agent(options);
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    // The error holds the URL, which may hold a password.
    throw new OperatorError("HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy", {
      hint: "Write http://host:port or http://user:password@host:port.",
    });
  }
}

/**
 * Sends one GET and follows no redirect: `fetch` would follow one anywhere, and take the token along. Throws
 * NetworkError, BodyTooLargeError, or the signal's reason. The connection is free again, or closed, when it settles.
 */
export async function httpGet(request: HttpRequest): Promise<HttpResponse> {
  const { url, headers, dispatcher, timeoutMs, bodyMax, signal } = request;
  // AbortSignal.any would keep hold of a signal that lives as long as the service. Real time, as the network's is.
  const abort = new AbortController();
  const onAbort = () => abort.abort();
  const timer = setTimeout(onAbort, timeoutMs);
  signal.addEventListener("abort", onAbort);
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: abort.signal, dispatcher });
    return { status: response.status, headers: response.headers, body: await readBody(response, bodyMax) };
  } catch (error) {
    signal.throwIfAborted();
    if (abort.signal.aborted)
      throw new NetworkError(`no whole answer within ${timeoutMs / 1000} s`, { hint: SLOW });
    throw toNetworkError(error) ?? error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

const SLOW = "Raise REQUEST_TIMEOUT or lower PAGE_SIZE if the network is slow.";

async function readBody(response: Response, max: number): Promise<Buffer> {
  if (response.ok) return readWhole(response, max);
  if (response.status >= 400) return readBeginning(response);
  await response.body?.cancel();
  return Buffer.alloc(0);
}

async function readWhole(response: Response, max: number): Promise<Buffer> {
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (announced > max) {
    await response.body?.cancel();
    throw new BodyTooLargeError(`${announced} bytes`, sizeOf(max));
  }
  const { chunks, isWhole } = await collect(response, max);
  if (!isWhole) throw new BodyTooLargeError(`more than ${max} bytes`, sizeOf(max));
  return Buffer.concat(chunks);
}

function sizeOf(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

/** The status alone says what to do, so it is no failure if the body of an error breaks off. */
async function readBeginning(response: Response): Promise<Buffer> {
  try {
    return Buffer.concat((await collect(response, ERROR_BODY_MAX)).chunks);
  } catch (error) {
    if (toNetworkError(error) === null) throw error;
    return Buffer.alloc(0);
  }
}

/** At most about `max` bytes; leaving the loop early cancels the rest and closes the connection. */
async function collect(response: Response, max: number): Promise<{ chunks: Uint8Array[]; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > max) return { chunks, isWhole: false };
    chunks.push(chunk);
  }
  return { chunks, isWhole: true };
}
