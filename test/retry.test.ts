import { expect, test } from "vitest";

import { withRetries } from "../src/retry.ts";
import { ManualClock } from "./support/clock.ts";

const never = new AbortController().signal;

/** Fails with the errors in turn, then succeeds; `startedAt` is when each attempt began, milliseconds from the start. */
function setUp(
  errors: readonly Error[],
  delayAfter: (error: Error, attempt: number) => number | null,
  { signal = never, clock = new ManualClock({ isRunning: true }) } = {},
) {
  const start = clock.now();
  const startedAt: number[] = [];
  const work = async () => {
    startedAt.push(clock.now() - start);
    const error = errors[startedAt.length - 1];
    if (error !== undefined) throw error;
    return "done";
  };
  return { result: withRetries(work, { attempts: 4, delayAfter, clock, signal }), startedAt };
}

const failures = (count: number) =>
  Array.from({ length: count }, (_, index) => new Error(`failure ${index}`));

test("attempts are numbered, wait as they are told by the clock, and end with the last error", async () => {
  const errors = failures(5);
  const { result, startedAt } = setUp(errors, (_, attempt) => attempt * 100);
  await expect(result).rejects.toBe(errors[3]);
  expect(startedAt).toEqual([0, 100, 300, 600]);
});

test("a later attempt may succeed, without a wait in between", async () => {
  const { result, startedAt } = setUp(failures(2), () => 0);
  await expect(result).resolves.toBe("done");
  expect(startedAt).toEqual([0, 0, 0]);
});

test("an error that is not worth another attempt ends it, be it a TypeError", async () => {
  const errors = [new Error("once more"), new TypeError("undefined is not a function")];
  const { result, startedAt } = setUp(errors, (error) => (error instanceof TypeError ? null : 1));
  await expect(result).rejects.toBe(errors[1]);
  expect(startedAt).toEqual([0, 1]);
});

test("an abort ends the wait at once, with its reason", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const { result, startedAt } = setUp(failures(1), () => 1000, { signal: stop.signal, clock });
  const outcome = result.catch((error: unknown) => error);
  await clock.advance(100);
  stop.abort(new Error("stop"));
  expect(await outcome).toEqual(new Error("stop"));
  expect(startedAt).toEqual([0]);
  expect(clock.sleeping).toBe(0);
});
