import { Presets, SingleBar } from "cli-progress";
import type { Params } from "cli-progress";

import type { ClientEvent } from "../apify/client.ts";
import type { Clock } from "../core/clock.ts";
import { formatCount, formatDuration, formatRate } from "../ops/format.ts";
import { SILENT } from "../sync/observer.ts";
import type { SyncObserver } from "../sync/observer.ts";

/** Milliseconds between two lines where there is no terminal to draw a bar on. */
const LINE_EVERY_MS = 5_000;

export interface ProgressBar extends Disposable {
  readonly observer: SyncObserver;
  readonly onEvent: (event: ClientEvent) => void;
  /** Leaves the bar as it stands, so that something else can be printed; the next page begins another one. */
  end(): void;
}

export type ProgressStream = NodeJS.WritableStream & Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** Shows how far a pass is, and what it waits for while requests fail: a bar on a terminal, a line now and then elsewhere. */
export function showProgress(stream: ProgressStream, clock: Clock): ProgressBar {
  const state: State = { pages: null, retry: null };
  const display = stream.isTTY ? drawBar(stream, clock, state) : printLines(stream, clock, state);
  return {
    end: () => display.end(),
    [Symbol.dispose]: () => display.end(),
    observer: {
      ...SILENT,
      pageCommitted(_run, { offset, total, pages, count }) {
        state.pages = { offset: Math.min(offset, total), total, pages, count };
        display.update();
      },
    },
    onEvent(event) {
      if (event.kind === "answered" && event.status < 400) state.retry = null;
      if (event.kind !== "retrying") return;
      const { error, attempt, attempts, delayMs } = event;
      state.retry = { reason: error.reason, attempt, attempts, at: clock.now() + delayMs };
      display.update();
    },
  };
}

interface State {
  /** `offset` of `total` rows of the list have been read, in `pages` pages with `count` items; null before the first page. */
  pages: { offset: number; total: number; pages: number; count: number } | null;
  /** What made the last request fail, which attempt comes next, and when; null once a request has succeeded. */
  retry: { reason: string; attempt: number; attempts: number; at: number } | null;
}

interface Display {
  update(): void;
  end(): void;
}

/** Columns for the text beside the bar; a pass over millions of datasets needs them. */
const TEXT_WIDTH = 68;
const BAR_WIDTH = { min: 8, max: 40 };

function drawBar(stream: ProgressStream, clock: Clock, state: State): Display {
  const startedAt = clock.now();
  const width = Math.max(BAR_WIDTH.min, Math.min(BAR_WIDTH.max, stream.columns - TEXT_WIDTH));
  const format = (_options: unknown, { progress }: Params) => {
    const text = describeState(state, startedAt, clock.now());
    if (state.retry !== null || state.pages === null) return text.slice(0, stream.columns - 1);
    const filled = Math.round(progress * width);
    return `${"█".repeat(filled)}${"░".repeat(width - filled)} ${Math.floor(progress * 100)} %  ${text}`;
  };
  const bar = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic);
  let isDrawn = false;
  return {
    update() {
      const { total, offset } = state.pages ?? { total: 1, offset: 0 };
      if (!isDrawn) bar.start(total, offset);
      isDrawn = true;
      bar.setTotal(total);
      bar.update(offset);
    },
    end() {
      if (isDrawn) bar.stop();
      isDrawn = false;
    },
  };
}

function printLines(stream: ProgressStream, clock: Clock, state: State): Display {
  const startedAt = clock.now();
  let printedAt = startedAt;
  let isRetrying = false;
  return {
    update() {
      const now = clock.now();
      const begins = state.retry !== null && !isRetrying;
      isRetrying = state.retry !== null;
      if (!begins && now - printedAt < LINE_EVERY_MS) return;
      printedAt = now;
      stream.write(`${describeState(state, startedAt, now)}\n`);
    },
    end() {},
  };
}

/** `page 12  12 000 of 40 000 rows  2 500/s  11 s left`, or `connection refused, try 3 of 8 in 4 s`. */
function describeState({ pages, retry }: State, startedAt: number, now: number): string {
  if (retry !== null) {
    const wait = Math.max(0, Math.ceil((retry.at - now) / 1000));
    return `${retry.reason}, try ${retry.attempt} of ${retry.attempts} ${wait === 0 ? "now" : `in ${wait} s`}`;
  }
  if (pages === null) return "waiting for the first page";
  const rows = `${formatCount(pages.offset)} of ${formatCount(pages.total)} rows`;
  const text = `page ${formatCount(pages.pages)}  ${rows}  ${formatRate(pages.count, now - startedAt)}`;
  const left = pages.total - pages.offset;
  if (left <= 0 || pages.count === 0) return text;
  return `${text}  ${formatDuration((left / pages.count) * (now - startedAt))} left`;
}
