import { expect, test } from "vitest";

import type { Kind } from "../../src/mirror/begin-run.ts";
import { Schedule } from "../../src/sync/schedule.ts";
import { Ticker } from "../../src/sync/ticker.ts";
import { ManualClock } from "../support/clock.ts";

const NOON = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function open(named: string | null = null) {
  const clock = new ManualClock({ now: NOON });
  const ticks: Kind[] = [];
  const missed: Array<[Kind, number]> = [];
  const setBack: number[] = [];
  const schedules = {
    incremental: new Schedule("* * * * *", "UTC"),
    named: named === null ? null : new Schedule(named, "UTC"),
    full: new Schedule("0 0 * * *", "UTC"),
  };
  const observer = {
    ticksMissed: (kind: Kind, count: number) => void missed.push([kind, count]),
    clockSetBack: (ms: number) => void setBack.push(ms),
  };
  const ticker = new Ticker({ clock, schedules, observer }, (kind) => void ticks.push(kind));
  const stop = new AbortController();
  const running = ticker.run(stop.signal);
  const close = async () => {
    stop.abort();
    await running;
  };
  return { clock, ticks, missed, setBack, ticker, [Symbol.asyncDispose]: close };
}

test("each schedule ticks at its times, and nothing is missed", async () => {
  await using ticker = open("*/5 * * * *");
  await ticker.clock.advance(10 * MINUTE);
  expect(ticker.ticks.filter((kind) => kind === "incremental")).toHaveLength(10);
  expect(ticker.ticks.filter((kind) => kind === "named")).toHaveLength(2);
  expect(ticker.ticks).not.toContain("full");
  await ticker.clock.advance(12 * HOUR);
  expect(ticker.ticks.filter((kind) => kind === "full")).toHaveLength(1);
  expect([ticker.missed, ticker.setBack]).toEqual([[], []]);
});

test("what a process slept through is made good once for each kind, at once, and reported", async () => {
  await using ticker = open();
  await ticker.clock.advance(MINUTE);
  ticker.ticks.splice(0);
  // The machine sleeps: its clock goes on, the timers of the process do not.
  ticker.clock.set(NOON + 13 * HOUR + 1);
  await ticker.clock.advance(30_000);
  expect(ticker.ticks).toEqual(["incremental", "full"]);
  expect(ticker.missed).toEqual([["incremental", 13 * 60 - 2]]);
  await ticker.clock.advance(MINUTE);
  expect(ticker.ticks).toHaveLength(3);
});

test("a clock that was ahead and is set back is noticed, and the schedule goes on from the new time", async () => {
  await using ticker = open();
  await ticker.clock.advance(MINUTE);
  ticker.ticks.splice(0);
  ticker.clock.set(NOON - 48 * HOUR);
  await ticker.clock.advance(MINUTE);
  expect(ticker.setBack).toHaveLength(1);
  expect(ticker.ticks).toEqual(["incremental"]);
  await ticker.clock.advance(10 * MINUTE);
  expect(ticker.ticks).toHaveLength(11);
  expect(ticker.missed).toEqual([]);
});

test("a correction by less than a second is no step", async () => {
  await using ticker = open();
  await ticker.clock.advance(MINUTE + 500);
  ticker.clock.set(NOON + MINUTE + 100);
  ticker.ticker.look();
  expect(ticker.setBack).toEqual([]);
});
