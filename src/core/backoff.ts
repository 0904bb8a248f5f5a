import { parseHttpDate } from "./instant.ts";
import type { Random } from "./clock.ts";

/** Milliseconds. Apify's own advice: wait a random time in [500, 1000), double it, until it works. */
const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 60_000;
/** The longest `Retry-After` of a 429 that is waited for; a longer one fails the request at once. */
export const RETRY_AFTER_MAX_MS = 600_000;
/** The same for a 5xx. Shorter, since no promise is broken by failing now and asking at the next tick. */
export const OUTAGE_WAIT_MAX_MS = 60_000;

/**
 * Milliseconds to wait before try number `attempt + 1`: random in [500, 1000) after the first failure, doubling,
 * never above the cap; the half that is random stays random at the cap. `floorMs` (Retry-After) is kept to, with
 * up to half a second on top so that clients which were told the same time do not come back together.
 */
export function backoffMs(attempt: number, random: Random, floorMs: number | null = null): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, 2 * BACKOFF_BASE_MS * 2 ** (attempt - 1));
  const delay = (ceiling / 2) * (1 + random());
  return floorMs === null ? delay : Math.max(delay, floorMs + random() * BACKOFF_BASE_MS);
}

/**
 * Milliseconds a `Retry-After` header asks to wait from `nowMs`, or null where it is absent or says nothing.
 * A date refers to the server's clock, so `nowMs` should be the answer's `Date` where there is one.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text);
  return date === null ? null : Math.max(0, date - nowMs);
}
