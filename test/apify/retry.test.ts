import { expect, test } from "vitest";

import {
  ApiRefusedError,
  BadAnswerError,
  BodyTooLargeError,
  isRetried,
  NetworkError,
  RedirectRefusedError,
  ServerError,
  ThrottledError,
} from "../../src/apify/errors.ts";
import { withRetries } from "../../src/apify/retry.ts";
import { ManualClock } from "../support/clock.ts";

const never = new AbortController().signal;

/** Fails with the errors in turn, then succeeds; tells what was waited before each further try. */
function setUp(errors: readonly Error[], signal = never, clock = new ManualClock({ isRunning: true })) {
  const start = clock.now();
  const triedAt: number[] = [];
  const retries: Array<{ attempt: number; delayMs: number }> = [];
  const attempt = async () => {
    triedAt.push(clock.now() - start);
    const error = errors[triedAt.length - 1];
    if (error !== undefined) throw error;
    return "page";
  };
  const onRetry = (_error: Error, number: number, delayMs: number) =>
    retries.push({ attempt: number, delayMs });
  const result = withRetries(attempt, { clock, random: () => 0, signal, onRetry });
  return { result, triedAt, retries };
}

test("tries eight times in all, waiting twice as long each time, and fails with the last error", async () => {
  const errors = Array.from({ length: 9 }, (_, index) => new NetworkError(`failure ${index + 1}`));
  const { result, triedAt, retries } = setUp(errors);
  await expect(result).rejects.toBe(errors[7]);
  expect(triedAt).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500, 61_500]);
  expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("goes on where a later try succeeds", async () => {
  const { result, triedAt } = setUp([new BadAnswerError("HTML"), new ServerError(502, null, "bad gateway")]);
  await expect(result).resolves.toBe("page");
  expect(triedAt).toEqual([0, 500, 1500]);
});

test("waits as long as a server in trouble asks", async () => {
  const { result, triedAt } = setUp([new ServerError(503, 20_000, "maintenance")]);
  await result;
  expect(triedAt).toEqual([0, 20_000]);
});

test("leaves the waiting for a throttled request to the pace", async () => {
  const { result, triedAt, retries } = setUp([new ThrottledError(5000, "slow down")]);
  await result;
  expect(triedAt).toEqual([0, 0]);
  expect(retries).toEqual([{ attempt: 1, delayMs: 0 }]);
});

test("does not try again what cannot succeed, nor a bug", async () => {
  const final = [
    new ApiRefusedError(403, "permission-denied", "no"),
    new BodyTooLargeError("70 MB", "64 MiB"),
    new RedirectRefusedError(302, "elsewhere"),
    new NetworkError("certificate has expired", { isTransient: false }),
    new ThrottledError(3_600_000, "in an hour"),
    new ServerError(503, 3_600_000, "in an hour"),
    new TypeError("undefined is not a function"),
    new TypeError("fetch failed"),
    new Error("unknown"),
  ];
  for (const error of final) {
    const { result, triedAt } = setUp([error]);
    await expect(result).rejects.toBe(error);
    expect(triedAt).toEqual([0]);
    expect(isRetried(error)).toBe(false);
  }
});

test("an abort ends the waiting at once, with its reason", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const { result, triedAt } = setUp([new NetworkError("reset")], stop.signal, clock);
  const outcome = result.catch((error: unknown) => error);
  await clock.advance(100);
  stop.abort(new Error("stop"));
  expect(await outcome).toEqual(new Error("stop"));
  expect(triedAt).toEqual([0]);
  expect(clock.sleeping).toBe(0);
});
