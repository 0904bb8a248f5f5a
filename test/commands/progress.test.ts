import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { expect, test } from "vitest";

import { showProgress } from "../../src/commands/progress.ts";
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
    expect(last).toMatch(/^█+ 100 %  page \d  220 of 220 rows  [\d.]+\/s  0 ms left$/);
    for (const line of linesOf(text)) expect(stringWidth(line)).toBeLessThan(columns);
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  },
);

test("elsewhere a line is printed now and then, without an escape", async () => {
  const text = await printed({ isTTY: false, columns: 80 });
  expect(text).toMatch(/^page 5  220 of 220 rows  [\d.]+\/s  0 ms left\n$/);
});
