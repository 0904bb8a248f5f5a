import { expect, test } from "vitest";
import { z } from "zod";

import { OperatorError } from "../../src/core/errors.ts";
import { createLogger } from "../../src/ops/log.ts";
import { repeatedFailures } from "../../src/ops/repeated.ts";

const Line = z.looseObject({ level: z.string(), msg: z.string() });

function fixture() {
  const lines: z.infer<typeof Line>[] = [];
  const stream = { write: (text: string) => lines.push(Line.parse(JSON.parse(text))) };
  const log = createLogger({ level: "info", format: "json", secrets: [], colorize: false, stream });
  const time = { now: 0 };
  const failures = repeatedFailures(log, { now: () => time.now, sleep: () => Promise.resolve() });
  return { lines, time, failures };
}

test("an outage is told once, then counted, and its end with how many failures and how long", () => {
  const { lines, time, failures } = fixture();
  for (let tick = 1; tick <= 5; tick++) {
    time.now = tick * 60_000;
    failures.failed(new OperatorError(`refused after ${tick} tries`, { hint: "look" }), "run failed", {
      run: tick,
    });
  }
  failures.recovered();
  failures.recovered();
  expect(lines).toMatchObject([
    { level: "error", msg: "run failed", run: 1, err: { message: "refused after 1 tries", hint: "look" } },
    { level: "error", msg: "run failed, again", failures: 2, last: "refused after 2 tries" },
    { level: "error", msg: "run failed, again", failures: 4, last: "refused after 4 tries" },
    { level: "info", msg: "recovered", failures: 5, seconds: 240 },
  ]);
  expect(lines).toHaveLength(4);
});

test("after a recovery the same failure is news", () => {
  const { lines, failures } = fixture();
  for (const _ of [1, 2]) {
    failures.failed(new Error("x"), "run failed");
    failures.recovered();
  }
  expect(lines.map(({ msg }) => msg)).toEqual(["run failed", "recovered", "run failed", "recovered"]);
});

test("without a failure there is no recovery", () => {
  const { lines, failures } = fixture();
  failures.recovered();
  expect(lines).toEqual([]);
});
