import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RateLimiter } from "../../src/apify/rate-limiter.ts";
import { ManualClock } from "../support/clock.ts";

const MIDDLE = () => 0.5;
const never = new AbortController().signal;

function setUp(maxRequestsPerSecond = 10) {
  const clock = new ManualClock({ now: 1_000_000 });
  const start = clock.now();
  const paused: number[] = [];
  const pace = new RateLimiter({
    maxRequestsPerSecond,
    clock,
    random: MIDDLE,
    onPaused: (ms) => paused.push(ms),
  });
  const admitted: Array<{ name: string; at: number; ticket: number }> = [];
  const ask = (name: string, signal = never) =>
    pace.acquire(signal).then((ticket) => {
      admitted.push({ name, at: clock.now() - start, ticket });
      return ticket;
    });
  return { clock, pace, paused, admitted, ask };
}

describe("spacing", () => {
  test("sends requests one by one in the order they asked, the first at once", async () => {
    const { clock, admitted, ask } = setUp();
    const all = Promise.all(["a", "b", "c"].map((name) => ask(name)));
    await clock.advance(1000);
    await all;
    expect(admitted.map(({ name, at }) => [name, at])).toEqual([
      ["a", 0],
      ["b", 100],
      ["c", 200],
    ]);
  });

  test("saves up no requests while idle", async () => {
    const { clock, admitted, ask } = setUp();
    await ask("first");
    await clock.advance(60_000);
    void ask("b");
    void ask("c");
    await clock.advance(1000);
    expect(admitted.map(({ at }) => at)).toEqual([0, 60_000, 60_100]);
  });

  test("obeys the limit that the server states", async () => {
    const { clock, pace, admitted, ask } = setUp();
    pace.setServerLimit(2);
    void ask("a");
    void ask("b");
    await clock.advance(5000);
    expect(admitted.map(({ at }) => at)).toEqual([0, 500]);
  });

  test("is not longer when the system clock is set back", async () => {
    const { clock, admitted, ask } = setUp();
    void ask("a");
    void ask("b");
    await clock.advance(50);
    clock.set(clock.now() - 3_600_000);
    await clock.advance(200);
    expect(admitted.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("a pause", () => {
  test("holds all requests until it is over, and then sends them more slowly than before", async () => {
    const { clock, pace, admitted, ask } = setUp();
    const ticket = await ask("sent");
    expect(pace.throttled(ticket, null)).toBe(750);
    void ask("a");
    void ask("b");
    await clock.advance(2000);
    const [, a, b] = admitted.map(({ at }) => at);
    expect(a).toBe(750);
    expect(b).toBeCloseTo(750 + 200, 0);
  });

  test("is counted once, however many wait and however often it is prolonged", async () => {
    const { clock, pace, paused, ask } = setUp();
    const ticket = await ask("sent");
    pace.throttled(ticket, null);
    for (const name of ["a", "b", "c"]) void ask(name);
    await clock.advance(500);
    pace.throttled(ticket, 1000);
    await clock.advance(5000);
    expect(sum(paused)).toBe(1500);
  });

  test("is counted only while a request waits", async () => {
    const { clock, pace, paused, ask } = setUp();
    pace.throttled(await ask("sent"), 10_000);
    const stop = new AbortController();
    await clock.advance(1000);
    const waiting = ask("a", stop.signal);
    await clock.advance(2000);
    stop.abort(new Error("stop"));
    await expect(waiting).rejects.toThrow("stop");
    await clock.advance(60_000);
    expect(paused).toEqual([2000]);
    expect(clock.sleeping).toBe(0);
  });

  test("that begins while a request waits for its turn holds that one, too", async () => {
    const { clock, pace, paused, admitted, ask } = setUp(1);
    const ticket = await ask("sent");
    void ask("a");
    await clock.advance(900);
    pace.throttled(ticket, 5000);
    await clock.advance(10_000);
    expect(admitted[1]?.at).toBeGreaterThanOrEqual(5900);
    // The floor, and half of the half second of jitter.
    expect(sum(paused)).toBe(5250);
  });

  test("doubles while no request succeeds, and is short again after one did", async () => {
    const { clock, pace, ask } = setUp();
    const pauses: number[] = [];
    let ticket = await ask("0");
    for (const round of [1, 2, 3]) {
      pauses.push(pace.throttled(ticket, null));
      const next = ask(String(round));
      await clock.advance(60_000);
      ticket = await next;
    }
    pace.succeeded(ticket);
    pauses.push(pace.throttled(ticket, null));
    expect(pauses).toEqual([750, 1500, 3000, 750]);
  });
});

describe("an abort", () => {
  test("takes the request out of the queue with its reason, and does not delay the others", async () => {
    const { clock, admitted, ask } = setUp();
    const stop = new AbortController();
    await ask("a");
    const b = ask("b", stop.signal);
    const c = ask("c");
    stop.abort(new Error("stop"));
    await expect(b).rejects.toThrow("stop");
    await clock.advance(100);
    await c;
    expect(admitted.map(({ name, at }) => [name, at])).toEqual([
      ["a", 0],
      ["c", 100],
    ]);
  });

  test("before the request is made keeps it out of the queue", async () => {
    const { ask } = setUp();
    await expect(ask("a", AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });

  test("a broken clock fails all waiting requests instead of leaving them there", async () => {
    const clock = { now: () => 0, sleep: () => Promise.reject(new Error("broken clock")) };
    const pace = new RateLimiter({ maxRequestsPerSecond: 1, clock, random: MIDDLE, onPaused: () => {} });
    await pace.acquire(never);
    const waiting = await Promise.allSettled([pace.acquire(never), pace.acquire(never)]);
    expect(waiting.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});

const action = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: "ask" as const }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("throttle" as const),
      floor: fc.option(fc.nat(5000)),
      at: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const), at: fc.nat() }) },
);

test("whatever happens, no request is sent in a pause, order is kept, and the time counted as paused is no more than the pauses", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const { clock, pace, paused, admitted } = setUp();
      const start = clock.now();
      const pauses: Array<{ from: number; to: number }> = [];
      const stops: AbortController[] = [];
      const ask = async (name: string, signal: AbortSignal) => {
        const ticket = await pace.acquire(signal);
        admitted.push({ name, at: clock.now() - start, ticket });
      };
      for (const one of actions) {
        if (one.do === "ask") {
          const stop = new AbortController();
          stops.push(stop);
          ask(String(stops.length), stop.signal).catch(() => {});
        } else if (one.do === "wait") await clock.advance(one.ms);
        else if (one.do === "abort") stops[one.at % Math.max(1, stops.length)]?.abort();
        else {
          const sent = admitted[one.at % Math.max(1, admitted.length)];
          if (sent === undefined) continue;
          const from = clock.now() - start;
          pauses.push({ from, to: from + pace.throttled(sent.ticket, one.floor) });
        }
      }
      await clock.advance(600_000);
      for (const { from, to } of pauses) {
        expect(admitted.filter(({ at }) => at > from && at < to)).toEqual([]);
      }
      const order = admitted.map(({ name }) => Number(name));
      expect(order).toEqual(order.toSorted((one, other) => one - other));
      expect(sum(paused)).toBeLessThanOrEqual(sum(pauses.map(({ from, to }) => to - from)) + 1e-6);
      expect(clock.sleeping).toBe(0);
    }),
  );
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
