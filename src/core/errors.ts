/**
 * An error an operator may meet. `message` says what happened and to what, `hint` what can be done about it.
 * Everything else that is thrown is a bug and is shown as one.
 */
export class OperatorError extends Error {
  override name = "OperatorError";
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code that Node, Postgres and undici give their errors: `ECONNREFUSED`, `42P01`; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
