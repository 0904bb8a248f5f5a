import type { Clock } from "../core/clock.ts";
import { OperatorError } from "../core/errors.ts";
import type { SyncObserver } from "../sync/observer.ts";
import type { RunReport } from "../sync/run.ts";
import { onceThenCount } from "./log.ts";
import type { Logger } from "./log.ts";
import { figuresOf } from "./summary.ts";

/**
 * The passes in the log: one line when a run starts, one when it ends. A failure is logged once and then counted;
 * so is the recovery from it.
 */
export function logObserver(log: Logger, clock: Clock): SyncObserver {
  const failures = onceThenCount(log, clock);
  return {
    runStarted: (run, trigger) => log.info({ run: run.id, kind: run.kind, trigger }, "run started"),
    pageCommitted: (run, { offset, total, pages }) =>
      log.debug({ run: run.id, page: pages, offset, total }, "page committed"),
    oddityMet: (run, oddity) => log.warn({ run: run.id }, oddity),
    runEnded: (report) => logEnd(log, failures, report),
    runLeftOpen: (run, err) =>
      log.warn({ run: run.id, err }, "the run could not be closed; the next one will close it"),
    runNotBegun: (kind, error) => failures.failed(kind, error, "no run could begin"),
    accountHeld: (holder) =>
      log.debug({ holder }, "another process works on the account; waiting for it to be gone"),
    tickSkipped: (kind) => log.debug({ kind }, "tick skipped: a run is under way"),
  };
}
