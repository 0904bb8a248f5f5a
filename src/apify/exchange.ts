import { discardBody, readBody, readHead } from "./body.ts";
import { createDeadline } from "./deadline.ts";
import { NetworkError } from "./errors.ts";
import { toNetworkError } from "./network.ts";

/** One request as it is sent. */
export interface Exchange {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for the whole of it, body included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came back. `body` is whole for 2xx, its beginning for 4xx and 5xx, empty for a redirect. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Sends one GET and follows nothing: `fetch` would follow a redirect anywhere, and with the token. Throws
 * NetworkError, BodyTooLargeError, or the signal's reason. The connection is free again, or closed, when it settles.
 */
export async function exchange({ url, headers, timeoutMs, signal }: Exchange): Promise<Answer> {
  using deadline = createDeadline(signal, timeoutMs);
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: deadline.signal });
    return { status: response.status, headers: response.headers, body: await bodyOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.isOver)
      throw new NetworkError(`no whole answer within ${timeoutMs / 1000} s`, { hint: SLOW });
    throw toNetworkError(error) ?? error;
  }
}

const SLOW = "Raise REQUEST_TIMEOUT or lower PAGE_SIZE if the network is slow.";

async function bodyOf(response: Response): Promise<Buffer> {
  if (response.ok) return readBody(response);
  if (response.status >= 400) return readExplanation(response);
  await discardBody(response);
  return Buffer.alloc(0);
}

/** The status alone says what to do, so an explanation that breaks off is no failure. */
async function readExplanation(response: Response): Promise<Buffer> {
  try {
    return await readHead(response);
  } catch (error) {
    if (toNetworkError(error) === null) throw error;
    return Buffer.alloc(0);
  }
}
