import { expect, test } from "vitest";

import { afterFailure, fingerprintOf } from "../../src/core/repeats.ts";
import type { Streak, Reporting } from "../../src/core/repeats.ts";

function reportings(failures: readonly (readonly [at: number, fingerprint: string])[]): Reporting[] {
  let streak: Streak | undefined;
  return failures.map(([at, fingerprint]) => {
    const after = afterFailure(streak, fingerprint, at);
    ({ streak } = after);
    return after.reporting;
  });
}

test("the first is told whole, its repetitions at powers of two", () => {
  const told = reportings(Array.from({ length: 40 }, (_, at) => [at, "same"]));
  const at = (reporting: Reporting) => told.flatMap((one, index) => (one === reporting ? [index + 1] : []));
  expect([at("whole"), at("summary")]).toEqual([[1], [2, 4, 8, 16, 32]]);
});

test("after a silent hour a repetition is told whatever its number", () => {
  expect(
    reportings([
      [0, "a"],
      [1, "a"],
      [3_600_000, "a"],
      [3_600_001, "a"],
      [7_200_001, "a"],
      [7_200_002, "a"],
    ]),
  ).toEqual(["whole", "summary", "nothing", "summary", "summary", "nothing"]);
});

test("another failure is told whole, and both are repetitions from then on", () => {
  expect(
    reportings([
      [0, "a"],
      [1, "b"],
      [2, "a"],
      [3, "c"],
      [4, "b"],
    ]),
  ).toEqual(["whole", "whole", "nothing", "whole", "nothing"]);
});

test("what a streak remembers is bounded", () => {
  let streak: Streak | undefined;
  for (let at = 0; at < 1000; at++) ({ streak } = afterFailure(streak, `kind ${at}`, at));
  expect(streak).toMatchObject({ count: 1000, since: 0 });
  expect(streak?.seen).toHaveLength(16);
});

test("failures that differ in numbers and identifiers only are the same", () => {
  expect(fingerprintOf("E", "row 7 of dataset aB3xY9 after 12.5 s")).toBe(
    fingerprintOf("E", "row 81 of dataset Q1 after 0.1 s"),
  );
  expect(fingerprintOf("E", "refused")).not.toBe(fingerprintOf("E", "reset"));
});
