import type { Config } from "../config.ts";
import type { Limits } from "../ops/verdict.ts";
import { staleAfterMs } from "../sync/freshness.ts";
import { Schedule } from "../sync/schedule.ts";
import type { Schedules } from "../sync/schedule.ts";

export function schedulesOf({ sync }: Config, create = createSchedule): Schedules {
  const { cron, namedCron, fullCron, timezone } = sync;
  return {
    incremental: create(cron, timezone),
    named: namedCron === null ? null : create(namedCron, timezone),
    full: create(fullCron, timezone),
  };
}

function createSchedule(cron: string, timezone: string): Schedule {
  return new Schedule(cron, timezone);
}

/** For `schedulesOf` of many accounts, most of which have the same ones. */
export function sharedSchedules(): typeof createSchedule {
  const known = new Map<string, Schedule>();
  return (cron, timezone) => {
    const key = `${timezone} ${cron}`;
    const schedule = known.get(key) ?? createSchedule(cron, timezone);
    known.set(key, schedule);
    return schedule;
  };
}

/** When the account of the schedules is stale, and when it is unproven. */
export function limitsOf({ incremental, full }: Schedules): Limits {
  return {
    staleMs: (since) => staleAfterMs(incremental, since),
    unprovenMs: (since) => staleAfterMs(full, since),
  };
}
