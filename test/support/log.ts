import { createLogger } from "../../src/ops/log.ts";
import type { Logger } from "../../src/ops/log.ts";

/** A line of the log as it was written. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly err?: {
    readonly type: string;
    readonly message: string;
    readonly hint?: string;
    readonly stack?: string;
    readonly causes?: readonly string[];
  };
  readonly [field: string]: unknown;
}

export interface CapturedLog {
  readonly log: Logger;
  /** Everything that was written so far. */
  text(): string;
  lines(level?: string): LogLine[];
  clear(): void;
}

/** A logger of the program at its most talkative, without the list of secrets: what would be struck out is seen here. */
export function captureLog(format: "json" | "pretty" = "json"): CapturedLog {
  let written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  return {
    log: createLogger({ level: "trace", format, secrets: [], stream, colorize: false }),
    text: () => written.join(""),
    lines: (level) =>
      written
        .map((line): LogLine => JSON.parse(line))
        .filter((line) => level === undefined || line.level === level),
    clear: () => (written = []),
  };
}
