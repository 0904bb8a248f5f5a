import { OperatorError, codeOf } from "../core/errors.ts";

/** What may be logged of an error: an allow-list, since a driver's errors carry rows, parameters and queries. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly hint?: string;
  readonly code?: string;
  /** The messages of what caused it, the nearest first. */
  readonly causes?: readonly string[];
  /** Of a bug only: an operator's error says all in its message and hint. The frames without the message. */
  readonly stack?: string;
}

/** The most causes that are logged; a chain may be circular. */
const CAUSES_MAX = 8;
const CODE_LENGTH_MAX = 64;

export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: tellable(textOf(error)) };
  const isExpected = error instanceof OperatorError;
  const code = codeOf(error)?.slice(0, CODE_LENGTH_MAX);
  const causes = causesOf(error);
  const stack = isExpected ? undefined : framesOf(error);
  return {
    type: error.name,
    message: messageOf(error),
    ...(isExpected && error.hint !== undefined && { hint: tellable(error.hint) }),
    ...(code !== undefined && { code }),
    ...(causes.length > 0 && { causes }),
    ...(stack !== undefined && { stack }),
  };
}

/** A message of any origin, without the statement and the parameters that Drizzle puts into its own. */
export function tellable(message: string): string {
  return message.replace(/Failed query: [^]*/, "a query failed");
}

function messageOf(error: Error): string {
  // What net throws when every address of a host fails has no message of its own.
  const isEmpty = error.message === "" && error instanceof AggregateError;
  return tellable(isEmpty ? error.errors.map(textOf).join("; ") : error.message);
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let { cause } = error;
  while (cause !== undefined && cause !== null && causes.length < CAUSES_MAX) {
    causes.push(cause instanceof Error ? messageOf(cause) : tellable(textOf(cause)));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** V8 puts the message in front of the frames, as it was when the error was made. */
function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split("\n").filter((line) => /^\s+at\s/.test(line)) ?? [];
  return frames.length === 0 ? undefined : frames.join("\n");
}

/** An object that is thrown may be a row or a request: only its kind is logged. */
function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "object" && thrown !== null ? "an object was thrown" : String(thrown);
}
