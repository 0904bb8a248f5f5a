import { retryAfterMs } from "../core/backoff.ts";
import { parseHttpDate } from "../core/instant.ts";
import { quotable } from "../core/text.ts";
import { errorBodySchema } from "./contract.ts";
import { type ApiError, ApiRefusedError, ServerError, ThrottledError } from "./errors.ts";
import type { HttpResponse } from "./http.ts";

/** The error that a response stands for, null for 2xx and 3xx. `nowMs` is used where the server tells no time. */
export function toResponseError(
  { status, headers, body }: HttpResponse,
  token: string,
  nowMs: number,
): ApiError | null {
  if (status < 400) return null;
  const { type, message } = parseErrorBody(body.toString("utf8"), token);
  // A date in Retry-After refers to the server's own clock, however wrong that is.
  const serverNow = parseHttpDate(headers.get("date") ?? "") ?? nowMs;
  const waitMs = retryAfterMs(headers.get("retry-after"), serverNow);
  if (status === 429) return new ThrottledError(waitMs, message);
  return status < 500 ? new ApiRefusedError(status, type, message) : new ServerError(status, waitMs, message);
}

/** Type and message of an API error, fit for a message; the text may be anything. */
function parseErrorBody(text: string, token: string): { type: string | null; message: string } {
  try {
    const { error } = errorBodySchema.parse(JSON.parse(text));
    return { type: quotable(error.type, token, 80), message: quotable(error.message, token) };
  } catch {
    return { type: null, message: quotable(text, token) || "no message" };
  }
}
