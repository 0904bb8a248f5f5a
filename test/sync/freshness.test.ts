import { expect, test } from "vitest";

import { staleAfterMs } from "../../src/sync/freshness.ts";
import { Schedule } from "../../src/sync/schedule.ts";

const MINUTE = 60_000;
const after = (cron: string, since: string) =>
  staleAfterMs(new Schedule(cron, "UTC"), Date.parse(since)) / MINUTE;

test("an account is stale a minute after the third tick without a success", () => {
  expect(after("* * * * *", "2026-03-02T12:00:00Z")).toBe(4);
  expect(after("0 * * * *", "2026-03-02T12:00:00Z")).toBe(181);
});

test("a schedule that rests makes nothing stale before its ticks have come, and hides nothing once they have", () => {
  // A Friday's last tick: the next ones come on Monday from eight on.
  expect(after("*/5 8-18 * * 1-5", "2026-03-06T18:55:00Z")).toBe((2 * 24 + 13) * 60 + 5 + 10 + 1);
  expect(after("*/5 8-18 * * 1-5", "2026-03-06T12:00:00Z")).toBe(16);
});
