import type { Clock } from "../core/clock.ts";
import { afterFailure, fingerprintOf } from "../core/repeats.ts";
import type { Streak } from "../core/repeats.ts";
import { describeError } from "./described-error.ts";
import type { Logger } from "./log.ts";

export interface RepeatedFailures {
  failed(error: unknown, message: string, figures?: object): void;
  /** Logs the end of a streak of failures, if there was one. */
  recovered(): void;
}

/** Failures that repeat at every tick: each kind is logged whole once, then counted; the recovery is logged too. */
export function repeatedFailures(log: Logger, clock: Clock): RepeatedFailures {
  let streak: Streak | undefined;
  return {
    failed(error, message, figures = {}) {
      const err = describeError(error);
      const after = afterFailure(streak, fingerprintOf(err.type, err.message), clock.now());
      ({ streak } = after);
      if (after.reporting === "whole") log.error({ ...figures, err }, message);
      if (after.reporting === "summary")
        log.error({ failures: after.streak.count, last: err.message }, `${message}, again`);
    },
    recovered() {
      if (streak === undefined) return;
      const seconds = Math.round((clock.now() - streak.since) / 1000);
      log.info({ failures: streak.count, seconds }, "recovered");
      streak = undefined;
    },
  };
}
