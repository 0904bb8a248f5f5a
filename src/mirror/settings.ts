/** Milliseconds the server gives one statement. */
export const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * Settings that a role, a database or a server may have changed, and that the statements here rely on. Nothing in the
 * search path can be written to by another role, so no statement runs another role's function, operator or cast;
 * `pg_temp` is named because it would otherwise be searched first.
 */
const PINNED = {
  search_path: "pg_catalog, pg_temp",
  array_nulls: "on",
  datestyle: "'ISO, MDY'",
  extra_float_digits: "1",
  intervalstyle: "postgres",
  // A policy that hides rows is an error, not a row that seems to be new.
  row_security: "off",
  standard_conforming_strings: "on",
  timezone: "'UTC'",
  lock_timeout: "0",
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  // A process that is stopped inside a transaction, or loses its network, holds the lock of the lease: nobody could take
  // over until its TCP connection ends. This is less than the lease lasts.
  idle_in_transaction_session_timeout: "'20s'",
};

/** Some versions of PostgreSQL do not know these; `apify.unknown` stands in for them there. */
const PINNED_IF_KNOWN = { restrict_nonsystem_relation_kind: "", transaction_timeout: "0" };

const setIfKnown = Object.entries(PINNED_IF_KNOWN).map(
  ([name, value]) => `set_config(case when current_setting('${name}', true) is null
    then 'apify.unknown' else '${name}' end, '${value}', true)`,
);

/** After a crash, a server that did not wait for the disk could give two holders of a lease the same fence. */
const SET_DURABLE = `set_config('synchronous_commit',
  case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, true)`;

const begin = (mode: string) =>
  [
    `begin ${mode}`,
    ...Object.entries(PINNED).map(([name, value]) => `set local ${name} = ${value}`),
    `select ${[...setIfKnown, SET_DURABLE].join(", ")}`,
  ].join("; ");

/**
 * Begins a transaction in which all of that holds. Settings of a session would not reach the next statement behind a
 * pooler. Whether the transaction may write is left to the server: a replica, or one that is out of disk, says no.
 */
export const BEGIN = begin("isolation level read committed not deferrable");
/** The same for statements that only read, and that all see one state of the database. */
export const BEGIN_SNAPSHOT = begin("isolation level repeatable read, read only, not deferrable");
