import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { expect, test } from "vitest";

import { isColorful } from "../../src/commands/setup.ts";
import { statusReport } from "../../src/ops/status-report.ts";
import { statusText } from "../../src/ops/status-text.ts";
import { MINUTE_MS, NOW, accountStatus, runStatus } from "../support/status.ts";

const REFUSED = "Apify cannot be reached: connection refused";
const HINT = "Check the network and APIFY_API_BASE_URL.";
const RUNS = [
  runStatus(9, 1, { finished_at: null, status: "running" }),
  runStatus(8, 2, { status: "failed", error: `${REFUSED} (try 8).\n${HINT}` }),
  runStatus(7, 3, { status: "failed", error: `${REFUSED} (try 7).\n${HINT}` }),
  runStatus(6, 4, { status: "suspicious", error: "It would remove 300 of 400" }),
  runStatus(5, 10, { status: "interrupted", error: "stopped on request" }),
  runStatus(4, 10, { kind: "full", count: 121_460, inserted: 120_019 }),
];

function textOf({ isColorful: colors = false, columns = 80, lastSuccess = NOW - MINUTE_MS } = {}): string {
  const status = accountStatus({
    ...{ last_success_at: lastSuccess, live_rows: 120_060, drift: -60, runs: RUNS },
  });
  const limits = { staleMs: () => 3 * MINUTE_MS, unprovenMs: () => 180 * MINUTE_MS };
  const report = statusReport(status, { source: "default", embedded: true, now: NOW, ...limits });
  return statusText(report, NOW, { isColorful: colors, columns });
}

test("the verdict, aligned figures with sparklines, the runs as rows, and each error once", () => {
  expect(textOf()).toBe(`● The mirror is up to date  default
It is fresh, proven complete and in step with Apify.

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
  Apify cannot be reached: connection refused (try 8).
  Check the network and APIFY_API_BASE_URL.

run 6
  It would remove 300 of 400.
`);
});

test("stale says why and what to do, once, and no line is wider than the terminal", () => {
  const text = textOf({ lastSuccess: NOW - 60 * MINUTE_MS });
  expect(text).toMatch(
    /^✗ Apify cannot be reached {2}default\nConnection refused \(try 8\)\. No run has succeeded for 1h/,
  );
  expect(text.split(HINT)).toHaveLength(2);
  for (const line of text.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(80);
});

test("of an account that was never mirrored there is only the verdict", () => {
  const limits = { staleMs: () => MINUTE_MS, unprovenMs: () => MINUTE_MS };
  const report = statusReport(null, { source: "new", embedded: true, now: NOW, ...limits });
  expect(statusText(report, NOW, { isColorful: false, columns: 80 })).toBe(`✗ Nothing is mirrored yet  new
The account was never mirrored into this database.
Start the service, or run \`dataset-mirror sync\`.
`);
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
