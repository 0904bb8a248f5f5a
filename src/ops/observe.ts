import type { Clock } from "../core/clock.ts";
import type { SyncObserver } from "../sync/observer.ts";
import type { RunReport } from "../sync/run-report.ts";
import type { Logger } from "./log.ts";
import { repeatedFailures } from "./repeated.ts";
import type { RepeatedFailures } from "./repeated.ts";
import { committedOf, figuresOf } from "./summary.ts";

/** The passes in the log: a line when a run starts and one, with all figures, when it ends. */
export function logObserver(log: Logger, clock: Clock): SyncObserver {
  const failures = repeatedFailures(log, clock);
  return {
    runStarted: (run, trigger) => log.info({ run: run.id, kind: run.kind, trigger }, "run started"),
    pageCommitted: (run, { offset, total, pages }) =>
      log.debug({ run: run.id, page: pages, offset, total }, "page committed"),
    anomalyFound: (run, oddity) => log.warn({ run: run.id }, oddity),
    runEnded: (report) => logEnd(log, failures, report),
    runLeftOpen: (run, err) =>
      log.warn({ run: run.id, err }, "the run could not be closed; the next one closes it"),
    runNotBegun: (kind, error) => failures.failed(error, "no run could begin", { kind }),
    accountHeld: (holder) => log.debug({ holder }, "another process works on the account; this one waits"),
    ticksMissed: (kind, count) =>
      log.info({ kind, count }, `${count} ticks missed; one run makes up for them`),
    clockSetBack: (ms) => log.warn({ ms }, "the clock was set back; the schedule goes on from the new time"),
  };
}

function logEnd(log: Logger, failures: RepeatedFailures, report: RunReport): void {
  const { run, outcome, durationMs, cause } = report;
  const line = {
    run: run.id,
    kind: run.kind,
    status: outcome.status,
    duration_ms: durationMs,
    ...figuresOf(report),
  };
  switch (outcome.status) {
    case "failed":
      return failures.failed(cause ?? new Error(outcome.error ?? "unknown"), "run failed", line);
    case "suspicious":
      return log.error(
        { ...line, error: outcome.error },
        "run ended as suspicious: no more datasets are taken out",
      );
    case "interrupted":
      return log.info(line, `run interrupted: ${committedOf(report)}`);
    case "succeeded":
      failures.recovered();
      return log.info(line, "run succeeded");
  }
}

/** Tells every observer of the list, in its order. One that throws is logged, and ends neither a run nor the telling. */
export function observers(all: readonly SyncObserver[], log: Pick<Logger, "error">): SyncObserver {
  const tell = (event: (one: SyncObserver) => void) => {
    for (const one of all) guarded(log, () => event(one));
  };
  return {
    runStarted: (...told) => tell((one) => one.runStarted(...told)),
    pageCommitted: (...told) => tell((one) => one.pageCommitted(...told)),
    anomalyFound: (...told) => tell((one) => one.anomalyFound(...told)),
    runEnded: (...told) => tell((one) => one.runEnded(...told)),
    runLeftOpen: (...told) => tell((one) => one.runLeftOpen(...told)),
    runNotBegun: (...told) => tell((one) => one.runNotBegun(...told)),
    accountHeld: (...told) => tell((one) => one.accountHeld(...told)),
    ticksMissed: (...told) => tell((one) => one.ticksMissed(...told)),
    clockSetBack: (...told) => tell((one) => one.clockSetBack(...told)),
  };
}

/** Watching is not worth a run: what fails is logged. */
export function guarded(log: Pick<Logger, "error">, watch: () => void): void {
  try {
    watch();
  } catch (err) {
    log.error({ err }, "an observer failed; the run goes on");
  }
}
