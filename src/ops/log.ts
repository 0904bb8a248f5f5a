import { styleText } from "node:util";

import { pino } from "pino";
import type { Logger } from "pino";
import pretty from "pino-pretty";

import { createRedactor } from "../core/secrets.ts";
import { printable, printableJson } from "../core/text.ts";
import { describeError, tellable } from "./described-error.ts";

export type { Logger } from "pino";

export interface LogOptions {
  readonly level: string;
  readonly format: "pretty" | "json";
  /** Struck from every line: the last line of defence. */
  readonly secrets: readonly string[];
  /** Where it has a file descriptor, that is written to; `write` is for what has none. */
  readonly stream: { readonly fd?: number | undefined; write(text: string): unknown };
  readonly colorize: boolean;
}

/**
 * A logger that has written each line when it returns, so that a crash loses none. A reader that stalls thereby stalls
 * the service; that is safe, as a holder whose lease lapsed meanwhile finds its fence gone.
 */
export function createLogger({ level, format, secrets, stream, colorize }: LogOptions): Logger {
  const hide = createRedactor(secrets);
  const show = format === "json" ? jsonLine(hide) : prettyLine(hide, colorize);
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => mapValues(fields, (value) => withoutErrors(value, 0)),
    },
    // `err` in the bindings of a child logger passes no formatter; `msg` may be the message of an error.
    serializers: {
      err: (value: unknown) => (value instanceof Error ? describeError(value) : value),
      msg: (value: unknown) => (typeof value === "string" ? tellable(value) : value),
    },
  };
  const out = stream.fd === undefined ? stream : descriptor(stream.fd);
  return pino(options, { write: (line: string) => void out.write(show(line)) });
}

/**
 * Writes in this thread, and waits where the other end is full: a stream of Node's keeps in memory what a socket or a
 * pipe does not take, and loses it when the process ends.
 */
function descriptor(fd: number): { write(text: string): unknown } {
  const out = pino.destination({ dest: fd, sync: true, maxLength: UNWRITTEN_MAX });
  // A log that cannot be written (a full disk) is no reason to stop mirroring, nor may it fill the memory.
  out.on("error", () => {});
  return out;
}

/** Characters kept of a log that cannot be written; what comes on top is dropped. */
const UNWRITTEN_MAX = 1_048_576;

type Fields = Record<string, unknown>;

const NESTING_MAX = 4;
/** The longest text in a line, and the longest line that is not looked into, characters. */
const TEXT_MAX = 4000;

/** Errors at any depth are described; one that is left to JSON would show all its own fields. */
function withoutErrors(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (depth >= NESTING_MAX || !isContainer(value)) return value;
  if (Array.isArray(value)) return value.map((item) => withoutErrors(item, depth + 1));
  return mapValues(value, (item) => withoutErrors(item, depth + 1));
}

/** Most lines are short, hold no secret, and go as they are; others are taken apart, so that they stay JSON. */
function jsonLine(hide: (text: string) => string): (line: string) => string {
  const clean = (text: string) => cut(hide(text));
  return (line) => {
    const isFine = line.length <= TEXT_MAX && hide(line) === line;
    return printableJson(isFine ? line : `${JSON.stringify(cleaned(parsed(line), clean))}\n`);
  };
}

/** Text from outside reaches the terminal through here only: what could steer it is replaced. */
function prettyLine(hide: (text: string) => string, colorize: boolean): (line: string) => string {
  const format = pretty.prettyFactory({
    colorize,
    translateTime: "SYS:HH:MM:ss",
  });
  const tame = (text: string) => printable(cut(hide(text)).replace(/\r\n?/g, "\n")).replace(/\n/g, INDENT);
  return (line) => {
    const fields = cleaned(parsed(line), tame);
    const figures = figuresOf(fields);
    const tail =
      figures === "" ? "" : ` ${colorize ? styleText("gray", figures, { validateStream: false }) : figures}`;
    const { level, time, msg } = fields;
    const head = `${format({ level, time, msg }).trimEnd()}${tail}`;
    return [head, ...errorLines(fields["err"], fields["msg"])].join(INDENT) + "\n";
  };
}

/** `run=3 kind=full pages=20 complete`: for people, so what is 0, false or nothing is left out; JSON has it all. */
function figuresOf({ level: _level, time: _time, msg: _msg, err: _err, ...figures }: Fields): string {
  const told = Object.entries(figures).filter(([, value]) => Boolean(value));
  return printable(
    told.map(([name, value]) => (value === true ? name : `${name}=${figure(value)}`)).join(" "),
  );
}

function figure(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** What continues a line is indented: no text can pass for a line of its own. */
const INDENT = "\n    ";

function errorLines(err: unknown, told: unknown): string[] {
  if (!isFields(err)) return err === undefined ? [] : [written(err)];
  const { type, message, hint, code, causes, stack } = err;
  return [
    ...(message === told && stack === undefined ? [] : [`${written(type)}: ${written(message)}`]),
    ...(code === undefined ? [] : [`code: ${written(code)}`]),
    ...(hint === undefined ? [] : [`hint: ${written(hint)}`]),
    ...(Array.isArray(causes) ? causes.map((cause) => `cause: ${written(cause)}`) : []),
    ...(stack === undefined ? [] : [written(stack)]),
  ];
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Cut after the secrets are out, or half of one could stand at the end. */
function cut(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX).toWellFormed()}…` : text;
}

function parsed(line: string): Fields {
  const fields: unknown = JSON.parse(line);
  return isFields(fields) ? fields : { msg: line };
}

/** Every text cleaned but those that the logger itself wrote. */
function cleaned({ level, time, ...fields }: Fields, clean: (text: string) => string): Fields {
  return { level, time, ...mapValues(fields, (value) => cleanedValue(value, clean)) };
}

function cleanedValue(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return clean(value);
  // Digits inside a longer number are not the secret.
  if (typeof value === "number") return clean(String(value)) === "***" ? "***" : value;
  if (Array.isArray(value)) return value.map((item) => cleanedValue(item, clean));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [clean(key), cleanedValue(item, clean)]);
  return Object.fromEntries(entries);
}

function mapValues(fields: Fields, change: (value: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value)]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An array or a plain object; a Date or a URL knows itself how to be written. */
function isContainer(value: unknown): value is Fields {
  if (Array.isArray(value)) return true;
  return isFields(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
