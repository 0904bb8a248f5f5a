import * as fc from "fast-check";
import { expect, test } from "vitest";

import {
  initialRate,
  afterSuccess,
  type Rate,
  rateAt,
  afterSend,
  afterThrottle,
  withServerLimit,
} from "../../src/core/rate.ts";

test("starts at the ceiling and stays below what the server says it allows", () => {
  const rate = initialRate(30, 0);
  expect(rateAt(rate, 0)).toBe(30);
  expect(rateAt(withServerLimit(rate, 10), 0)).toBe(10);
  expect(rateAt(withServerLimit(rate, 60), 0)).toBe(30);
});

test("a request that is sent a little late does not delay the next one; idle time is not saved up", () => {
  const first = afterSend(initialRate(10, 0), 0);
  expect(first.nextAt).toBe(100);
  expect(afterSend(first, 130).nextAt).toBe(200);
  expect(afterSend(first, 131).nextAt).toBe(231);
});

test("a 429 halves the rate, and it climbs back linearly from the end of the pause", () => {
  const cut = afterThrottle(initialRate(30, 0), 0, 1000, 500, 0);
  expect(cut.pausedUntil).toBe(1500);
  expect(rateAt(cut, 1500)).toBe(15);
  expect(rateAt(cut, 1500 + 5000)).toBe(20);
  expect(rateAt(cut, 1500 + 10_000)).toBe(25);
  expect(rateAt(cut, 1500 + 60_000)).toBe(30);
});

test("the 429s of one burst are one cut, and only a longer Retry-After moves the end of its pause", () => {
  const cut = afterThrottle(initialRate(30, 0), 0, 1000, 500, 0);
  const again = afterThrottle(cut, 0, 1100, 900, 0);
  expect(again).toEqual(cut);
  const longer = afterThrottle(cut, 0, 1100, 900, 2000);
  expect(longer).toMatchObject({ pausedUntil: 3100, pauses: 1, base: 15 });
});

test("a 429 for a request sent after the pause is a new burst; a successful one ends the streak", () => {
  const twice = afterThrottle(afterThrottle(initialRate(30, 0), 0, 0, 500, 0), 1, 600, 1000, 0);
  expect(twice).toMatchObject({ pauses: 2, streak: 2, pausedUntil: 1600 });
  expect(afterSuccess(twice, 1).streak).toBe(2);
  expect(afterSuccess(twice, 2).streak).toBe(0);
});

test("neither cuts nor the server's limit go below the floor, unless the ceiling does", () => {
  let rate = initialRate(30, 0);
  for (let cut = 0; cut < 50; cut++) rate = afterThrottle(rate, cut, 0, 500, 0);
  expect(rateAt(rate, 0)).toBe(0.5);
  expect(rateAt(withServerLimit(initialRate(30, 0), 1e-7), 0)).toBe(0.5);
  expect(rateAt(afterThrottle(initialRate(0.1, 0), 0, 0, 500, 0), 0)).toBe(0.1);
});

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("send" as const), after: fc.nat(300) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("throttle" as const),
      after: fc.nat(300),
      pause: fc.nat(3000),
      old: fc.boolean(),
    }),
  },
);

test("whatever comes, no request is sent in a pause and no second has more than the ceiling", () => {
  const ceiling = 10;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let rate: Rate = initialRate(ceiling, 0);
      let now = 0;
      const sentAt: number[] = [];
      for (const one of steps) {
        now += one.after;
        if (one.do === "throttle") {
          rate = afterThrottle(
            rate,
            Math.max(0, rate.pauses - (one.old ? 1 : 0)),
            now,
            500 + one.pause,
            one.pause,
          );
          continue;
        }
        now = Math.max(now, rate.nextAt);
        expect(now).toBeGreaterThanOrEqual(rate.pausedUntil);
        rate = afterSend(rate, now);
        sentAt.push(now);
      }
      for (const [index, from] of sentAt.entries()) {
        const within = sentAt.slice(index).filter((at) => at < from + 999).length;
        expect(within).toBeLessThanOrEqual(ceiling + 1);
      }
    }),
  );
});
