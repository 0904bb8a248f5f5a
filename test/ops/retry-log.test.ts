import { expect, test } from "vitest";

import { NetworkError, ServerError, ThrottledError } from "../../src/apify/errors.ts";
import type { ApiError } from "../../src/apify/errors.ts";
import { retryLog } from "../../src/ops/retry-log.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { captureLog } from "../support/log.ts";

test("an outage is one warning a minute, an answer 429 none", async () => {
  const clock = createFakeClock();
  const log = captureLog();
  const onEvent = retryLog(log.log, clock);
  const retry = (error: ApiError) =>
    onEvent({ kind: "retrying", error, attempt: 2, attempts: 8, delayMs: 500 });
  retry(new ThrottledError(null, "slow down"));
  expect(log.lines()).toEqual([]);
  retry(new NetworkError("connection refused"));
  retry(new ServerError(503, null, "overloaded"));
  expect(log.lines()).toMatchObject([{ level: "warn", attempt: 2, attempts: 8, delay_ms: 500 }]);
  expect(log.text()).toContain("Apify cannot be reached: connection refused");
  await clock.advance(60_000);
  retry(new ServerError(503, null, "overloaded"));
  expect(log.lines()).toHaveLength(2);
});
