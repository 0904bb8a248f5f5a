import { sql } from "drizzle-orm";

import type { Clock } from "../../src/core/clock.ts";
import type { DatabaseClock } from "../../src/mirror/database-clock.ts";

/** Lets the database tell the time of a test's clock. */
export function databaseClockOf(clock: Pick<Clock, "now">): DatabaseClock {
  return () => sql`to_timestamp(${clock.now()}::float8 / 1000)`;
}
