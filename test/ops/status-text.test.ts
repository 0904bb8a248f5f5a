import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { expect, test } from "vitest";

import { isColorful } from "../../src/commands/setup.ts";
import type { RunStatus } from "../../src/mirror/status.ts";
import { statusReport } from "../../src/ops/status-report.ts";
import { statusText } from "../../src/ops/status-text.ts";

const NOW = Date.UTC(2026, 10, 25);
const ERROR = "Apify cannot be reached: connection refused. Check the network and APIFY_API_BASE_URL.";

/** A run that began `minutes` ago and took as many seconds. */
function run(id: number, minutes: number, more: Partial<RunStatus> = {}): RunStatus {
  const startedAt = NOW - minutes * 60_000;
  return {
    ...{ id, kind: "incremental", trigger: "schedule", status: "succeeded" },
    started_at: new Date(startedAt).toISOString(),
    finished_at: new Date(startedAt + minutes * 1000).toISOString(),
    ...{ total: 120_000, count: 180, pages: 1, requests: 1, throttled: 0, throttled_ms: 0, retried: 0 },
    ...{
      realigned: 0,
      inserted: 5,
      updated: 0,
      unchanged: 175,
      removed: 0,
      missing: 0,
      rejected: 0,
      reconciled: 0,
    },
    ...{ offset_from: 0, offset_to: 1, complete: true, error: null },
    ...more,
  };
}

const RUNS = [
  run(9, 1, { finished_at: null, status: "running" }),
  run(8, 2, { status: "failed", error: `${ERROR} (8)` }),
  run(7, 3, { status: "failed", error: `${ERROR} (7)` }),
  run(6, 4, { status: "suspicious", error: "It would remove 300 of 400" }),
  run(5, 10, { status: "interrupted", error: "stopped on request" }),
  run(4, 10, { kind: "full", count: 121_460, inserted: 120_019 }),
];

function textOf({ isColorful: colors = false, columns = 80, lastSuccessAt = NOW - 60_000 } = {}): string {
  const success = new Date(lastSuccessAt).toISOString();
  const status = {
    ...{ source: "default", lastSuccessAt: success, lastFullPassAt: success, liveRows: 120_060 },
    ...{ remoteTotal: 120_000, drift: -60, suspicious: false, runs: RUNS },
    cursor: { offset: 119_832, anchorId: "anchor", anchorCreatedAt: null },
    lease: { holder: "host:1", busy: true, expiresAt: null },
  };
  const options = { version: "1", source: "default", embedded: true, staleMs: 180_000, now: NOW };
  return statusText(statusReport(status, options), NOW, { isColorful: colors, columns });
}

test("the verdict, aligned figures with sparklines, the runs as rows, and each error once", () => {
  expect(textOf()).toBe(`● fresh  default

last success           1 min ago
last proven full pass  1 min ago
live datasets          120 060
the API says           120 000 (drift -60)
cursor                 offset 119 832, behind anchor
lease                  host:1, running
database               embedded
changes a run          █▁▁▁▁▁ up to 120 019
time a run             ▂▂▁▁▁█ up to 1 min

run  kind  status          ago   took     read      new  changed  gone  429
  9  incr  running       1 min  1 min      180        5        0     0    0
  8  incr  failed        2 min    2 s      180        5        0     0    0
  7  incr  failed        3 min    3 s      180        5        0     0    0
  6  incr  suspicious    4 min    4 s      180        5        0     0    0
  5  incr  interrupted  10 min   10 s      180        5        0     0    0
  4  full  succeeded    10 min   10 s  121 460  120 019        0     0    0

runs 8, 7
  Apify cannot be reached: connection refused. Check the network and
  APIFY_API_BASE_URL. (8)

run 6
  It would remove 300 of 400
`);
});

test("stale says why, and no line is wider than the terminal", () => {
  const text = textOf({ lastSuccessAt: NOW - 3_600_000 });
  expect(text).toMatch(/^✗ stale {2}default\nno run has succeeded for 3540 s/);
  for (const line of text.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(80);
});

test("colours change no text; they are there on a terminal, unless NO_COLOR, or where FORCE_COLOR", () => {
  const colored = textOf({ isColorful: true });
  expect(colored).toContain("\u001b[31mfailed\u001b[39m");
  expect(stripVTControlCharacters(colored)).toBe(textOf());
  const [terminal, pipe] = [{ isTTY: true }, { isTTY: false }];
  expect([isColorful({}, terminal), isColorful({}, pipe)]).toEqual([true, false]);
  expect([isColorful({ NO_COLOR: "1" }, terminal), isColorful({ FORCE_COLOR: "1" }, pipe)]).toEqual([
    false,
    true,
  ]);
  expect(isColorful({ NO_COLOR: "1", FORCE_COLOR: "1" }, terminal)).toBe(false);
});
