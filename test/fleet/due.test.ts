import { describe, expect, test } from "vitest";

import { failuresOf, nextPasses } from "../../src/fleet/due.ts";
import type { Due } from "../../src/fleet/due.ts";
import { Finder } from "../../src/fleet/finder.ts";
import type { DueJob } from "../../src/fleet/queues.ts";
import type { RunSummary } from "../../src/mirror/run-summaries.ts";
import { Schedule } from "../../src/sync/schedule.ts";

const NOON = Date.UTC(2026, 10, 25, 12);
const S = 1000;
const MINUTE = 60 * S;
const schedules = {
  incremental: new Schedule("* * * * *", "UTC"),
  named: new Schedule("*/5 * * * *", "UTC"),
  full: new Schedule("0 * * * *", "UTC"),
};

function summary(more: Partial<RunSummary> = {}): RunSummary {
  return {
    ...{ source: "a", now: NOON, isNew: false, isProven: true, endedAt: NOON - S },
    began: { incremental: NOON - MINUTE, named: NOON - MINUTE, full: NOON - MINUTE },
    endings: ["succeeded"],
    ...more,
  };
}

const next = (more?: Partial<RunSummary>, now = NOON) => nextPasses(schedules, summary(more), now);
const told = ({ kind, at, lane }: Due) => `${kind} ${(at - NOON) / S} ${lane}`;

const restOf = (failures: number) => {
  const endings = [...Array<"failed">(failures).fill("failed"), "succeeded" as const];
  const passes = next({ endings, endedAt: NOON });
  expect(new Set(passes.map(({ lane }) => lane))).toEqual(new Set(["slow"]));
  return Math.min(...passes.map(({ at }) => at - NOON)) / S;
};

function scene(summaries: () => RunSummary[]) {
  const sent: string[] = [];
  const clock = { time: NOON - 5 * S, now: () => clock.time, sleep: () => Promise.resolve() };
  const counts = { read: 0 };
  const finder = new Finder({
    clock,
    accounts: () => new Map([["a", { schedules }]]),
    readRunSummaries: async () => {
      counts.read += 1;
      return summaries();
    },
    send: async (lane, jobs: readonly DueJob[]) => {
      sent.push(...jobs.map(({ source, kind, at }) => `${lane} ${source} ${kind} ${(at - NOON) / S}`));
    },
    onError: () => {},
  });
  const lookAt = async (time: number) => {
    clock.time = time;
    sent.length = 0;
    await finder.look();
    return [...sent];
  };
  return { counts, lookAt };
}

describe("the next passes", () => {
  test("are at the first tick after the last one of the kind began", () => {
    const began = { incremental: NOON + S, named: NOON + S, full: NOON + S };
    expect(next({ began }).map(told)).toEqual(["incremental 60 quick", "named 300 quick", "full 3600 slow"]);
    expect(next({ began: { ...began, incremental: NOON - 90 * S } }).map(told)[0]).toBe(
      "incremental -60 quick",
    );
  });

  test("of an account that was never read to its end are the first one alone", () => {
    expect(nextPasses(schedules, null, NOON).map(told)).toEqual(["full 0 slow"]);
    const began = { incremental: null, named: null, full: null };
    expect(next({ isNew: true, began, endings: [] }).map(told)).toEqual(["full 0 slow"]);
    const failed = { ...began, full: NOON };
    expect(next({ isNew: true, began: failed, endings: ["succeeded"] }).map(told)).toEqual(["full 60 slow"]);
  });

  test("of one that was stopped are among the slow ones, where they have time to end", () => {
    expect(next({ endings: ["interrupted", "succeeded"] }).map(({ lane }) => lane)).toEqual([
      "slow",
      "slow",
      "slow",
    ]);
  });

  test("of one that fails come the later the longer it fails, an hour apart at most", () => {
    expect([1, 2, 3, 4, 7, 8, 12].map(restOf)).toEqual([30, 60, 120, 240, 1920, 3600, 3600]);
  });

  test("what was stopped or lost is no failure, and takes none back", () => {
    expect(
      failuresOf({ endings: ["abandoned", "failed", "interrupted", "failed", "suspicious", "failed"] }),
    ).toBe(2);
    expect(failuresOf({ endings: ["suspicious", "failed"] })).toBe(0);
  });
});

describe("the finder", () => {
  test("queues each tick once, and reads the database now and then only", async () => {
    const began = { incremental: NOON - MINUTE, named: NOON, full: NOON };
    // Its process is five seconds behind the database.
    const { counts, lookAt } = scene(() => [summary({ began, now: NOON })]);
    expect(await lookAt(NOON - 5 * S)).toEqual(["quick a incremental 0"]);
    expect(await lookAt(NOON - 4 * S)).toEqual([]);
    expect(counts.read).toBe(1);
    expect(await lookAt(NOON + 4 * S)).toEqual([]);
    expect(counts.read).toBe(1);
    expect(await lookAt(NOON + 5 * S)).toEqual(["quick a incremental 0"]);
    expect(counts.read).toBe(2);
  });
});
