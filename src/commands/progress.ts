import { Presets, SingleBar } from "cli-progress";

import type { Clock } from "../core/clock.ts";
import type { SyncObserver } from "../sync/observer.ts";

/** A line as often as this where there is no terminal to draw a bar on, milliseconds. */
const LINE_EVERY_MS = 5_000;

export interface ShownProgress extends Disposable {
  readonly observer: SyncObserver;
  /** Leaves the bar as it stands; called again it does nothing. */
  end(): void;
}

/** Shows how a pass gets on: a bar on a terminal, a line now and then elsewhere. */
export function showProgress(stream: NodeJS.WriteStream, clock: Clock): ShownProgress {
  const show = stream.isTTY ? barOn(stream) : linesOn(stream, clock);
  return {
    end: () => show.end(),
    [Symbol.dispose]: () => show.end(),
    observer: {
      runStarted: nothing,
      pageCommitted: (_run, { offset, total, pages, count }) =>
        show.update(Math.min(offset, total), total, pages, count),
      oddityMet: nothing,
      runEnded: nothing,
      runLeftOpen: nothing,
      runNotBegun: nothing,
      accountHeld: nothing,
      tickSkipped: nothing,
    },
  };
}

function nothing(): void {}

interface Shown {
  /** `offset` of `total` rows of the list are behind, in `pages` pages with `count` items. */
  update(offset: number, total: number, pages: number, count: number): void;
  end(): void;
}

function barOn(stream: NodeJS.WriteStream): Shown {
  const format =
    "{bar} {percentage}%  page {pages}  {value}/{total} datasets  {duration_formatted}  left {eta_formatted}";
  const bar = new SingleBar({ format, stream, hideCursor: true, etaBuffer: 50 }, Presets.shades_classic);
  let isOn = false;
  return {
    update(offset, total, pages) {
      if (!isOn) bar.start(total, offset, { pages });
      isOn = true;
      bar.setTotal(total);
      bar.update(offset, { pages });
    },
    end() {
      if (isOn) bar.stop();
      isOn = false;
    },
  };
}

function linesOn(stream: NodeJS.WriteStream, clock: Clock): Shown {
  const startedAt = clock.now();
  let toldAt = startedAt;
  return {
    update(offset, total, pages, count) {
      const now = clock.now();
      if (now - toldAt < LINE_EVERY_MS) return;
      toldAt = now;
      const rate = Math.round((count / (now - startedAt)) * 1000);
      stream.write(`page ${pages}: ${offset} of ${total} datasets, ${rate} rows/s\n`);
    },
    end() {},
  };
}
