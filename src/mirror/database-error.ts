import { DrizzleQueryError } from "drizzle-orm";

import { OperatorError, codeOf } from "../core/errors.ts";
import { UNCODED, hintFor, isTransient } from "./database-hints.ts";
import type { HintFor } from "./database-hints.ts";

/** A statement or a connection failed; never shows the statement's parameters. */
export class DatabaseError extends OperatorError {
  override name = "DatabaseError";
  /** SQLSTATE, or the system's error code. */
  readonly code: string;
  readonly isTransient: boolean;

  constructor(message: string, code: string, cause: Error, hint = hintFor(code)) {
    super(message, { hint, cause });
    this.code = code;
    this.isTransient = isTransient(code);
  }
}

/** The operator's view of what `pg` or Drizzle threw; undefined if it is no failure of the database but a bug. */
export function databaseFailure(what: string, thrown: unknown, hint?: HintFor): DatabaseError | undefined {
  const error = rootOf(thrown);
  const code = failureCodeOf(error);
  if (code === undefined || !(error instanceof Error)) return undefined;
  // A fresh error: Drizzle's prints all parameters, and pg's carries the row in `detail`.
  const cause = new Error(`${tellableMessage(error.message, code)} (${code})`);
  return new DatabaseError(`${what}: ${cause.message}`, code, cause, hint?.(code));
}

/**
 * Class 22, data exception: what Postgres quotes in these is a value, in the quotation marks of its `lc_messages`.
 * Elsewhere it is the name of a column or table, and of an encoding where a character has no place in it.
 */
function tellableMessage(message: string, code: string): string {
  if (code === "NOPASSWORD") return "the server asks for a password, and there is none";
  const isValue = code.startsWith("22") && !NAMES_ENCODINGS.has(code);
  return isValue ? message.replace(QUOTED, '"..."') : message;
}

const QUOTED = /["'\u00ab\u00bb\u2018-\u201f\u300c-\u300f][^]*["'\u00ab\u00bb\u2018-\u201f\u300c-\u300f]/;
const NAMES_ENCODINGS: ReadonlySet<string> = new Set(["22021", "22P05"]);

/** What lies under Drizzle's error, whose own message prints all parameters. */
export function rootOf(thrown: unknown): unknown {
  const inner = thrown instanceof DrizzleQueryError ? thrown.cause : thrown;
  // A host with several addresses fails with one error for each.
  return inner instanceof AggregateError ? (inner.errors[0] as unknown) : inner;
}

function failureCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return codeOf(error) ?? UNCODED.find(([message]) => message.test(error.message))?.[1];
}
