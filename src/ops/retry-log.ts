import type { ClientEvent } from "../apify/client.ts";
import { ThrottledError } from "../apify/errors.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "./log.ts";

/** A server that fails now and then must not fill the log; metrics count every retry. */
const QUIET_MS = 60_000;

/**
 * Warns when a request has failed and is tried again, at most once a minute. Without it, an API that cannot be reached gives
 * minutes of silence until the run fails. Answers 429 are the rate limiter's business, and counted on the run.
 */
export function retryLog(log: Pick<Logger, "warn">, clock: Clock): (event: ClientEvent) => void {
  let quietUntil = -Infinity;
  return (event) => {
    if (event.kind !== "retrying" || event.error instanceof ThrottledError) return;
    const now = clock.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET_MS;
    const { error: err, attempt, attempts, delayMs: delay_ms } = event;
    log.warn({ err, attempt, attempts, delay_ms }, "a request to Apify failed and is tried again");
  };
}
