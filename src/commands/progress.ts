import { Presets, SingleBar } from "cli-progress";
import type { Params } from "cli-progress";

import type { Clock } from "../core/clock.ts";
import { formatCount, formatDuration, formatRate } from "../ops/format.ts";
import { SILENT } from "../sync/observer.ts";
import type { SyncObserver } from "../sync/observer.ts";

/** A line as often as this where there is no terminal to draw a bar on, milliseconds. */
const LINE_EVERY_MS = 5_000;

export interface ShownProgress extends Disposable {
  readonly observer: SyncObserver;
  /** Leaves the bar as it stands, so that something else can be printed; the next page begins another one. */
  end(): void;
}

export type ProgressStream = NodeJS.WritableStream & Pick<NodeJS.WriteStream, "isTTY" | "columns">;

/** Shows how a pass gets on: a bar on a terminal, a line now and then elsewhere. */
export function showProgress(stream: ProgressStream, clock: Clock): ShownProgress {
  const show = stream.isTTY ? barOn(stream, clock) : linesOn(stream, clock);
  return {
    end: () => show.end(),
    [Symbol.dispose]: () => show.end(),
    observer: {
      ...SILENT,
      pageCommitted: (_run, { offset, total, pages, count }) =>
        show.update({ offset: Math.min(offset, total), total, pages, count }),
    },
  };
}

/** `offset` of `total` rows of the list are behind, in `pages` pages with `count` items. */
interface Read {
  readonly offset: number;
  readonly total: number;
  readonly pages: number;
  readonly count: number;
}

interface Shown {
  update(read: Read): void;
  end(): void;
}

/** What stands beside the bar, columns of the terminal; a pass over millions of datasets needs them. */
const TEXT_WIDTH = 68;
const BAR_WIDTH = { least: 8, most: 40 };

function barOn(stream: ProgressStream, clock: Clock): Shown {
  const startedAt = clock.now();
  let read: Read = { offset: 0, total: 0, pages: 0, count: 0 };
  const width = Math.max(BAR_WIDTH.least, Math.min(BAR_WIDTH.most, stream.columns - TEXT_WIDTH));
  const format = (_options: unknown, { progress }: Params) => {
    const filled = Math.round(progress * width);
    const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)}`;
    return `${bar} ${Math.floor(progress * 100)} %  ${textOf(read, clock.now() - startedAt)}`;
  };
  const bar = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic);
  let isOn = false;
  return {
    update(now) {
      read = now;
      if (!isOn) bar.start(read.total, read.offset);
      isOn = true;
      bar.setTotal(read.total);
      bar.update(read.offset);
    },
    end() {
      if (isOn) bar.stop();
      isOn = false;
    },
  };
}

function linesOn(stream: ProgressStream, clock: Clock): Shown {
  const startedAt = clock.now();
  let toldAt = startedAt;
  return {
    update(read) {
      const now = clock.now();
      if (now - toldAt < LINE_EVERY_MS) return;
      toldAt = now;
      stream.write(`${textOf(read, now - startedAt)}\n`);
    },
    end() {},
  };
}

/** `page 12  12 000 of 40 000 rows  2 500/s  11 s left`; the time that is left at the pace so far. */
function textOf({ offset, total, pages, count }: Read, elapsedMs: number): string {
  const left = count === 0 ? Infinity : ((total - offset) / count) * elapsedMs;
  const rows = `${formatCount(offset)} of ${formatCount(total)} rows`;
  return `page ${formatCount(pages)}  ${rows}  ${formatRate(count, elapsedMs)}  ${formatDuration(left)} left`;
}
