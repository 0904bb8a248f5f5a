import { DrizzleQueryError } from "drizzle-orm";

import { OperatorError, codeOf } from "../core/errors.ts";

/** A statement or a connection failed; never shows the statement's parameters. */
export class DatabaseError extends OperatorError {
  override name = "DatabaseError";
  /** SQLSTATE, or the system's error code. */
  readonly code: string;
  readonly isTransient: boolean;

  constructor(message: string, code: string, cause: Error) {
    super(message, { hint: hintFor(code), cause });
    this.code = code;
    this.isTransient = isTransient(code);
  }
}

/** Classes and codes after which the same statement may succeed. Source: PostgreSQL, appendix A. */
const TRANSIENT =
  /^(08|40|53|57P0[1-5]|55P03|25006|25P03)|^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|TIMEOUT)/;

export function isTransient(code: string): boolean {
  return TRANSIENT.test(code);
}

/** The operator's view of what `pg` or Drizzle threw; undefined if it is no failure of the database but a bug. */
export function databaseFailure(what: string, thrown: unknown): DatabaseError | undefined {
  const error = rootOf(thrown);
  const code = failureCodeOf(error);
  if (code === undefined || !(error instanceof Error)) return undefined;
  // A fresh error: Drizzle's prints all parameters, and pg's carries the row in `detail`.
  const cause = new Error(`${withoutValues(error.message, code)} (${code})`);
  return new DatabaseError(`${what}: ${cause.message}`, code, cause);
}

/** Class 22, data exception: what Postgres quotes in these is the value. Elsewhere it is the name of a column or table. */
function withoutValues(message: string, code: string): string {
  return code.startsWith("22") ? message.replace(/"[^]*"/, '"..."') : message;
}

/** What lies under Drizzle's error, whose own message prints all parameters. */
export function rootOf(thrown: unknown): unknown {
  const inner = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  // A host with several addresses fails with one error for each.
  return inner instanceof AggregateError ? (inner.errors[0] as unknown) : inner;
}

/** pg gives some failures of a connection no code, only a message. */
function failureCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code !== undefined) return code;
  if (/timeout/i.test(error.message)) return "TIMEOUT";
  if (/^Connection terminated|not queryable|Client has encountered/.test(error.message)) return "ECONNLOST";
  return /password|SASL|SSL|server does not support/i.test(error.message) ? "28000" : undefined;
}

function hintFor(code: string): string {
  if (code === "25006") return "The database is read-only: point DATABASE_URL at the primary.";
  if (code === "42501") return "Grant the role of DATABASE_URL the right to create and use the schema apify.";
  if (code.startsWith("28")) return "Check user, password and sslmode in DATABASE_URL.";
  if (code === "3D000") return "Create the database that DATABASE_URL names, or correct the name.";
  if (code === "53300") return "The server is out of connections: raise max_connections or use a pooler.";
  if (code === "53100") return "The server's disk is full: free space, nothing was lost.";
  if (code.startsWith("42"))
    return "The schema is not what this program expects: run `dataset-mirror migrate`.";
  if (isTransient(code))
    return "Check that the database of DATABASE_URL runs and can be reached; the next tick tries again.";
  return "See the database server's log.";
}
