import { OperatorError } from "../core/errors.ts";
import { printable } from "../core/text.ts";
import { describeError } from "../ops/described-error.ts";

/**
 * What an error that ends the program prints: message and hint if it is the operator's to solve, otherwise also where in
 * the program it happened. Node's own report would show every field of the error, which may hold secrets.
 */
export function errorText(error: unknown, redact: (text: string) => string): string {
  const { type, message, hint, causes = [], stack } = describeError(error);
  const lines =
    error instanceof OperatorError
      ? [message, hint]
      : [`${type}: ${message}`, ...causes.map((cause) => `cause: ${cause}`), stack];
  return `dataset-mirror: ${printable(redact(lines.filter((line) => line !== undefined).join("\n")))}\n`;
}
