import { retryAfterMs } from "../core/backoff.ts";
import { parseHttpDate } from "../core/instant.ts";
import { quotable } from "../core/text.ts";
import { errorBodySchema } from "./contract.ts";
import { type ApiError, ApiRefusedError, ServerError, ThrottledError } from "./errors.ts";
import type { Answer } from "./exchange.ts";

/** The error that the answer stands for, null for 2xx and 3xx. `nowMs` is used where the server tells no time. */
export function refusalIn({ status, headers, body }: Answer, token: string, nowMs: number): ApiError | null {
  if (status < 400) return null;
  const { type, message } = saidIn(body.toString("utf8"), token);
  const now = parseHttpDate(headers.get("date") ?? "") ?? nowMs;
  const floorMs = retryAfterMs(headers.get("retry-after"), now);
  if (status === 429) return new ThrottledError(floorMs, message);
  return status < 500
    ? new ApiRefusedError(status, type, message)
    : new ServerError(status, floorMs, message);
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
