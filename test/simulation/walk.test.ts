import { describe, expect, test } from "vitest";
import { runScenario, runSeed } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { scenarioOf } from "./scenario.ts";
import { shrink } from "./shrink.ts";

const worlds = Number(process.env["SIM_WORLDS"] ?? 6000);
const seed = Number(process.env["SIM_SEED"] ?? Math.floor(Math.random() * 1e9));

describe("the simulated walk", () => {
  test(`keeps every invariant in ${worlds} worlds from seed ${seed}`, { timeout: 600_000 }, () => {
    expect(firstCounterexample()).toBeNull();
  });

  test("is a pure function of the seed", () => {
    const [first, second]: [string[], string[]] = [[], []];
    runSeed(4, (line) => first.push(line));
    runSeed(4, (line) => second.push(line));
    expect(first.length).toBeGreaterThan(10);
    expect(second).toEqual(first);
  });
});

describe("worlds that once broke an invariant", () => {
  const five = Array.from({ length: 5 });
  const one = { do: "create", count: 1, lag: 0 } as const;
  const minute = { do: "advance", minutes: 1 } as const;
  const full = { do: "request", pass: "full" } as const;
  const at = { ticks: 0, reconcileRequests: 20, excess: 0 } as const;
  const broken: Record<string, Scenario> = {
    "a full pass stops among young rows and goes on when they are old": {
      ...at,
      events: [
        { do: "create", count: 5, lag: 0 },
        { do: "request", pass: "full" },
        { do: "share", at: 35 },
        { do: "advance", minutes: 58 },
        { do: "request", pass: "full" },
      ],
    },
    "so many rows vanish between two ticks that the overlap learned is longer than three pages": {
      ...at,
      ticks: 18,
      events: [
        { do: "limit", limit: 20 },
        { do: "create", count: 90, lag: 0 },
        { do: "advance", minutes: 1 },
        { do: "create", count: 90, lag: 0 },
        { do: "advance", minutes: 60 },
        ...Array.from({ length: 40 }, () => ({ do: "request", pass: "incremental" }) as const),
        { do: "expire", count: 89 },
      ],
    },
    "the overlap learned reaches back into a group of ties longer than a page": {
      ...at,
      ticks: 18,
      events: [
        { do: "limit", limit: 11 },
        { do: "create", count: 8, lag: 0 },
        { do: "advance", minutes: 18 },
        { do: "request", pass: "incremental", quirks: { rotated: 1 } },
        { do: "limit", limit: 5 },
      ],
    },
    "a row is listed late among ties that fill several pages of a full pass, and a tick sees it first": {
      ...at,
      events: [
        one,
        { do: "advance", minutes: 56 },
        { do: "create", count: 4, lag: 0 },
        { do: "limit", limit: 8 },
        { do: "advance", minutes: 4 },
        full,
        { do: "create", count: 11, lag: 2 },
        { do: "limit", limit: 10 },
        { do: "create", count: 8, lag: 0 },
        { do: "expire", count: 2 },
        minute,
        full,
        { do: "create", count: 2, lag: 3 },
        full,
        { do: "advance", minutes: 7 },
        { do: "tick" },
        full,
      ],
    },
    "a slow full pass ends long after it saw a dataset away that has come back": {
      ...at,
      events: [
        { do: "limit", limit: 3 },
        ...five.flatMap(() => [one, minute]),
        full,
        full,
        full,
        { do: "hide", at: 0 },
        minute,
        full,
        full,
        minute,
        full,
        { do: "reveal", at: 0 },
        { do: "advance", minutes: 60 },
        full,
        full,
      ],
    },
  };

  test.each(Object.entries(broken))("%s", (_, scenario) => {
    expect(runScenario(scenario)).toBeNull();
  });
});

function firstCounterexample(): string | null {
  for (let index = 0; index < worlds; index += 1) {
    const violation = runSeed(seed + index);
    if (violation) return counterexample(seed + index, violation.message);
  }
  return null;
}

function counterexample(failing: number, message: string): string {
  const lines: string[] = [];
  runScenario(shrink(scenarioOf(failing)), (line) => lines.push(line));
  return [
    `seed ${failing} breaks ${message}`,
    `replay: node test/simulation/simulate.ts --seed ${failing} --worlds 1 --trace`,
    ...lines,
  ].join("\n");
}
