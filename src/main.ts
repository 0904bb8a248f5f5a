/**
 * The process: argv to a command, signals to one AbortSignal, errors to an exit code.
 *
 * It runs with `--max-semi-space-size=16 --max-old-space-size=1024`, which leave room for pages of tens of megabytes, since
 * V8 takes the more memory the more the machine has; and with `--single-threaded-gc`, which needs a fifth less processor
 * time and leaves the other cores to the database. `--disable-sigusr1` keeps the signal from opening a debugger; where the
 * program is started without it, a listener does so, as soon as it is loaded.
 */
import { readFileSync } from "node:fs";

import { CommanderError } from "commander";

import { errorText } from "./commands/error-text.ts";
import { createProgram } from "./commands/program.ts";
import type { ExitCode, Terminal } from "./commands/terminal.ts";
import { ConfigError, readDotEnv, secretsIn, thisHost } from "./config.ts";
import { OperatorError } from "./core/errors.ts";
import { createRedactor } from "./core/secrets.ts";

/** The time a graceful stop may take, say while the database hangs. */
const STOP_MS_MAX = 10_000;
const PARENT_CHECK_MS = 1000;

process.title = "dataset-mirror";
const stop = new AbortController();
let isInterruptible = true;
process.on("uncaughtException", crash);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopOn(signal));
process.on("SIGUSR1", () => {});
process.stdout.on("error", outputLost);
process.stderr.on("error", () => {});
stopWithNpm();
await run(process.argv);

async function run(argv: readonly string[]): Promise<void> {
  const terminal: Terminal = {
    env: process.env,
    host: process,
    signal: stop.signal,
    // A getter, since a stream that is made keeps the terminal's settings and may fail on a closed descriptor.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    onHangup(listener) {
      process.on("SIGHUP", listener);
      return { [Symbol.dispose]: () => void process.off("SIGHUP", listener) };
    },
    leaveInterrupts: () => (isInterruptible = false),
    exit: (code) => (process.exitCode ||= code),
  };
  try {
    // An empty variable counts as unset, for what libraries read as well.
    for (const [name, value] of Object.entries(readDotEnv(readFileSync))) process.env[name] ||= value;
    for (const [name, value] of Object.entries(process.env)) if (value === "") delete process.env[name];
    await createProgram(terminal).parseAsync(argv);
  } catch (error) {
    process.exitCode ||= exitCodeFor(error);
  }
}

function exitCodeFor(error: unknown): ExitCode {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (stop.signal.aborted && error === stop.signal.reason) return 0;
  report(error);
  return error instanceof ConfigError ? 2 : 1;
}

function report(error: unknown): void {
  process.stderr.write(errorText(error, createRedactor(secretsIn(process.env, thisHost()))));
}

/** Whatever was thrown, the embedded database is stopped and the lease given back. */
function crash(error: unknown): void {
  report(error);
  process.exitCode = 1;
  stopWithin(STOP_MS_MAX, 1);
  stop.abort(error);
}

/** The first signal asks for a graceful stop, the second ends at once: what was not committed is read again. */
function stopOn(signal: "SIGTERM" | "SIGINT"): void {
  if (signal === "SIGINT" && !isInterruptible) return;
  const code = signal === "SIGTERM" ? 143 : 130;
  if (stop.signal.aborted) process.exit(code);
  stopWithin(STOP_MS_MAX, code);
  stop.abort(new Error(`stopped by ${signal}`));
}

function stopWithin(ms: number, code: number): void {
  setTimeout(() => process.exit(code), ms).unref();
}

/**
 * npm passes SIGTERM on to the shell that it runs a script in, and most shells die of it without telling the program they
 * wait for. That program then has another parent.
 */
function stopWithNpm(): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    if (!stop.signal.aborted) stopOn("SIGTERM");
  }, PARENT_CHECK_MS);
  timer.unref();
}

/** A reader that has gone, as in `status | head -1`, wants no more; any other loss of output is a failure. */
function outputLost(error: Error): void {
  if ("code" in error && error.code === "EPIPE") return;
  report(new OperatorError(`cannot write to stdout: ${error.message}`));
  process.exitCode = 1;
}
