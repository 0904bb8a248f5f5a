import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { expect, test } from "vitest";

import { showProgress } from "../../src/commands/progress.ts";
import { NetworkError } from "../../src/apify/errors.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { createRig } from "../support/rig.ts";

/** Each page takes a second; 220 datasets, 50 a page. Returns what the pass has printed. */
async function printed(screen: { isTTY: boolean; columns: number }): Promise<string> {
  await using rig = await createRig({ env: { MAX_CONCURRENCY: "1" } });
  const stream = Object.assign(new PassThrough(), screen);
  using progress = showProgress(stream, rig.clock);
  rig.hooks.fetched = () => rig.clock.advance(1000);
  rig.told.pageCommitted = (run, page) => {
    progress.observer.pageCommitted(run, page);
    if (page.pages === 3) progress.end();
  };
  rig.service.tick("full", "manual");
  await rig.service.idle();
  progress.end();
  return String(stream.read());
}

/** The lines as they stood at last; the cursor goes back to the first column to write one anew. */
function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.split("\u001b[1G").at(-1) ?? "");
  return lines.map(stripVTControlCharacters).filter((line) => line !== "");
}

test.each([80, 120])(
  "a terminal of %i columns has a bar with page, rows, rate and time left",
  async (columns) => {
    const text = await printed({ isTTY: true, columns });
    const [stopped, last] = linesOf(text);
    expect(stopped).toMatch(/^█+░+ \d\d %  page 3  1\d\d of 220 rows  [\d.]+\/s  \d s left$/);
    expect(last).toMatch(/^█+ 100 %  page \d  220 of 220 rows  [\d.]+\/s$/);
    for (const line of linesOf(text)) expect(stringWidth(line)).toBeLessThan(columns);
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  },
);

test("elsewhere a line is printed now and then, without an escape", async () => {
  const text = await printed({ isTTY: false, columns: 80 });
  expect(text).toMatch(/^page 5  220 of 220 rows  [\d.]+\/s\n$/);
});

const FAILURE = {
  kind: "retrying",
  error: new NetworkError("connection refused"),
  ...{ attempt: 3, attempts: 8, delayMs: 4000 },
} as const;

test("a terminal shows what fails and counts down to the next try, until a request succeeds", async () => {
  const clock = createFakeClock();
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  using progress = showProgress(stream, clock);
  progress.onEvent(FAILURE);
  await clock.advance(3000);
  progress.end();
  expect(linesOf(String(stream.read()))).toEqual(["connection refused, try 3 of 8 in 1 s"]);
  progress.onEvent(FAILURE);
  progress.onEvent({ kind: "answered", status: 200, durationMs: 1 });
  progress.end();
  expect(linesOf(String(stream.read()))).toEqual(["waiting for the first page"]);
});

test("elsewhere the first failure is a line at once, further ones now and then", async () => {
  const clock = createFakeClock();
  const stream = Object.assign(new PassThrough(), { isTTY: false, columns: 80 });
  using progress = showProgress(stream, clock);
  progress.onEvent(FAILURE);
  progress.onEvent(FAILURE);
  expect(String(stream.read())).toBe("connection refused, try 3 of 8 in 4 s\n");
  await clock.advance(5000);
  progress.onEvent({ ...FAILURE, attempt: 5, delayMs: 0 });
  expect(String(stream.read())).toBe("connection refused, try 5 of 8 now\n");
});
