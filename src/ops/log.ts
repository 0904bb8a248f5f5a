import { pino } from "pino";
import type { Logger } from "pino";
import pretty from "pino-pretty";

import { OperatorError, messageOf } from "../core/errors.ts";
import { hider } from "../core/secrets.ts";

export type { Logger } from "pino";

export interface LogOptions {
  readonly level: string;
  readonly format: "pretty" | "json";
  /** Struck from every line: the last line of defence. */
  readonly secrets: readonly string[];
  readonly stream: { write(text: string): unknown };
  readonly colorize: boolean;
}

/** A logger that writes at once, so that a crash loses no line. */
export function createLogger({ level, format, secrets, stream, colorize }: LogOptions): Logger {
  const hide = hider(secrets);
  const show = format === "json" ? (line: string) => line : prettifier(colorize);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return pino(options, { write: (line: string) => void stream.write(hide(show(line))) });
}

/** What may be told of an error: an allow-list, since a driver's errors carry rows, parameters and queries. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly hint?: string;
  readonly code?: string;
  readonly causes?: readonly string[];
  /** Of a bug only; an operator's error says all in its message. */
  readonly stack?: string;
}

/** Longest chain of causes that is told. */
const CAUSES_MAX = 5;

export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: messageOf(error) };
  const isExpected = error instanceof OperatorError;
  const causes = causesOf(error);
  return {
    type: error.name,
    message: error.message,
    ...(isExpected && error.hint !== undefined && { hint: error.hint }),
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    ...(causes.length > 0 && { causes }),
    ...(!isExpected && error.stack !== undefined && { stack: error.stack }),
  };
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let cause: unknown = error.cause;
  while (cause !== undefined && causes.length < CAUSES_MAX) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Text from outside reaches the terminal through here only: what could steer it is replaced. */
function prettifier(colorize: boolean): (line: string) => string {
  const format = pretty.prettyFactory({
    colorize,
    translateTime: "SYS:HH:MM:ss",
    singleLine: true,
    errorProps: "",
  });
  return (line) =>
    format(JSON.parse(line, (_key, value: unknown) => (typeof value === "string" ? tame(value) : value)));
}

/** Control characters but line breaks and tabs, and the marks that turn the direction of text. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function tame(text: string): string {
  return text.replace(STEERING, "\u{fffd}");
}
