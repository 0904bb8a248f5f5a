import type { Config } from "../config.ts";
import type { Limits } from "../ops/verdict.ts";
import { staleAfterMs } from "../sync/freshness.ts";
import { Schedule } from "../sync/schedule.ts";
import type { Schedules } from "../sync/schedule.ts";

export function schedulesOf({ sync }: Config): Schedules {
  const { cron, namedCron, fullCron, timezone } = sync;
  return {
    incremental: new Schedule(cron, timezone),
    named: namedCron === null ? null : new Schedule(namedCron, timezone),
    full: new Schedule(fullCron, timezone),
  };
}

/** When the account of the schedules is stale, and when it is unproven. */
export function limitsOf({ incremental, full }: Schedules): Limits {
  return {
    staleMs: (since) => staleAfterMs(incremental, since),
    unprovenMs: (since) => staleAfterMs(full, since),
  };
}
