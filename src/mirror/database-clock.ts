import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

/**
 * The mirror's own times, and every grace, come from the database's clock: one clock for all processes and hosts, which
 * no step of a host's clock can move. A test hands in another expression.
 */
export type DatabaseClock = () => SQL;

export const databaseClock: DatabaseClock = () => sql`clock_timestamp()`;

/** A time as text that Postgres reads alike under any setting: ISO 8601 in UTC with microseconds. */
export function isoText(time: SQL): SQL {
  return sql`to_char((${time}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * A time as whole milliseconds since the epoch, null where it is infinite: text would depend on the session's settings.
 * May lie outside of what a JavaScript date can hold.
 */
export function epochMs(time: SQL): SQL {
  return sql`case when isfinite(${time}) then trunc(extract(epoch from ${time}) * 1000)::float8 end`;
}

/** Milliseconds since the epoch as a time of the database. */
export function timeOf(ms: number): SQL {
  return sql`to_timestamp(${ms}::float8 / 1000)`;
}
