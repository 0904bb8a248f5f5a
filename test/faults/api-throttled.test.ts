/** 429 is one pause for all requests, of at least Retry-After where it is given, and is counted on the run. */
import { expect, test, vi } from "vitest";

import type { FaultName } from "../../src/sandbox/fault-names.ts";
import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const RETRY_AFTER_S = 30;
/** The shortest and the longest wait after the first 429 of a streak, milliseconds. */
const PAUSES: ReadonlyArray<[FaultName, number, number]> = [
  ["429", 500, 1000],
  ["429-retry-after", RETRY_AFTER_S * 1000, RETRY_AFTER_S * 1000 + 500],
  // A date has whole seconds, as has the Date header that it is compared with.
  ["429-retry-date", RETRY_AFTER_S * 1000 - 1000, RETRY_AFTER_S * 1000 + 1500],
];

test.each(PAUSES)(
  "%s: the pass completes, and its row counts the answers and the wait",
  async (fault, least, most) => {
    await using rig = await createRig();
    rig.sandbox.faults.retryAfter = RETRY_AFTER_S;
    rig.sandbox.faults.next(fault);
    const run = await rig.run();
    expect(run).toMatchObject({ status: "succeeded", complete: true, error: null, throttled: 1, retried: 1 });
    expect(run.throttled_ms).toBeGreaterThanOrEqual(least);
    expect(run.throttled_ms).toBeLessThanOrEqual(most);
    const statuses = rig.sandbox.requests.map((request) => request.status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(run.throttled);
    expect(rig.log.lines("error")).toEqual([]);
    expect(rig.log.lines("info").at(-1)).toMatchObject({ throttled: 1, throttled_ms: run.throttled_ms });
    await expectEqual(rig);
  },
);

test.each(PAUSES)(
  "%s while pages are fetched ahead: no request is sent while the pause lasts",
  async (fault, least, most) => {
    await using rig = await createRig({ sandbox: { datasets: 600 } });
    rig.sandbox.faults.retryAfter = RETRY_AFTER_S;
    rig.told.pageCommitted = () => {
      rig.clock.held = true;
      rig.sandbox.faults.next(fault);
      rig.told.pageCommitted = () => {};
    };
    rig.service.tick("full", "schedule");
    const from = await pauseBegins(rig);
    await walkThrough(rig, from + most, 100);
    rig.clock.held = false;
    await rig.clock.advance(60_000);
    await rig.service.idle();

    const sentIn = (begin: number, end: number) =>
      rig.sandbox.requests.filter(({ at }) => at > begin && at < end).length;
    expect(sentIn(from, from + least)).toBe(0);
    expect(sentIn(from + least - 1, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
    const run = await rig.lastRun();
    expect(run).toMatchObject({ status: "succeeded", complete: true, throttled: 1 });
    expect(run?.throttled_ms).toBeGreaterThanOrEqual(least - 100);
    await expectEqual(rig);
  },
);

test("429 for ever: eight attempts, each after a longer pause, then the run fails; the next one recovers", async () => {
  await using rig = await createRig();
  rig.sandbox.faults.set("429", 1);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", requests: 8, throttled: 8, retried: 7, pages: 0 });
  expect(run.error).toMatch(/^Apify answered 429, too many requests: .* lower MAX_REQUESTS_PER_SECOND/s);
  const times = rig.sandbox.requests.map(({ at }) => at);
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  for (const [index, pause] of pauses.entries()) {
    const base = Math.min(60_000, 1000 * 2 ** index) / 2;
    expect(pause).toBeGreaterThanOrEqual(base);
    expect(pause).toBeLessThanOrEqual(2 * base + 1000);
  }
  const waited = pauses.reduce((sum, pause) => sum + pause, 0);
  expect(Math.abs(run.throttled_ms - waited)).toBeLessThanOrEqual(1000);

  rig.sandbox.faults.clear();
  expect(await rig.run()).toMatchObject({
    status: "succeeded",
    complete: true,
    throttled: 0,
    throttled_ms: 0,
  });
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
});

test("a Retry-After longer than ten minutes is not waited for", async () => {
  await using rig = await createRig();
  rig.sandbox.faults.retryAfter = 3600;
  rig.sandbox.faults.next("429-retry-after");
  const before = rig.clock.now();
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", requests: 1, throttled: 1, retried: 0 });
  expect(run.error).toMatch(/it asks to wait 3600 s, more than the 600 s that are waited for/);
  expect(rig.clock.now() - before).toBeLessThan(120_000);
  expect(await rig.run()).toMatchObject({ status: "succeeded" });
});

test("a limit that the server states is obeyed before it is hit", async () => {
  await using rig = await createRig({ sandbox: { datasets: 2000, rate: 5, retryAfter: 1 } });
  const run = await rig.run();
  expect(run).toMatchObject({ status: "succeeded", complete: true, throttled: 0 });
  await expectEqual(rig);
});

/** Waits until every request is answered, one of them with 429, and returns the time. */
async function pauseBegins({ sandbox, clock }: Rig): Promise<number> {
  await vi.waitFor(async () => {
    await clock.advance(1);
    expect(sandbox.requests.map(({ status }) => status)).toContain(429);
    expect(sandbox.requests.every(({ status }) => status !== null)).toBe(true);
  }, 30_000);
  return clock.now();
}

async function walkThrough({ clock }: Rig, end: number, steps: number): Promise<void> {
  const stepMs = Math.ceil((end - clock.now()) / steps);
  while (clock.now() < end) await clock.advance(stepMs);
}
