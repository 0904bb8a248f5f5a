#!/usr/bin/env -S node --max-semi-space-size=16 --max-old-space-size=1024 --single-threaded-gc
/**
 * The process: argv to a command, signals to one AbortSignal, errors to an exit code. Without limits V8 takes the more
 * memory the more the machine has; these leave room for pages of tens of megabytes. Collected by the one thread that makes
 * the garbage, it costs a fifth less: the other core is the database's.
 */
import { Command, CommanderError } from "commander";

import { demoCommand } from "./commands/demo.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { syncCommand } from "./commands/sync.ts";
import type { ExitCode, Terminal } from "./commands/terminal.ts";
import { ConfigError, secretsIn, thisHost } from "./config.ts";
import { OperatorError } from "./core/errors.ts";
import { createRedactor } from "./core/secrets.ts";
import { printable } from "./core/text.ts";
import { describeError } from "./ops/described-error.ts";
import { VERSION } from "./version.ts";

const HELP = `
Examples:
  dataset-mirror demo --once                    see it work, without an account
  APIFY_TOKEN=... dataset-mirror sync           one pass into the embedded Postgres
  APIFY_TOKEN=... DATABASE_URL=postgres://... dataset-mirror start
  dataset-mirror status --json

Configuration is by environment variables or a .env file; README.md lists them.`;

const NODE_MIN = 24;
/** A stop that takes longer, say because the database hangs, is ended. */
const STOP_MS_MAX = 10_000;

process.title = "dataset-mirror";
// Node's own report of a crash shows all fields of what was thrown, and the line of code that threw it.
process.on("uncaughtException", (error) => {
  tell(error);
  process.exit(1);
});
readDotEnv();
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopOrEnd(signal));
await run(process.argv);

async function run(argv: readonly string[]): Promise<void> {
  const terminal: Terminal = {
    env: process.env,
    host: process,
    signal: stop.signal,
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (code) => (process.exitCode = code),
  };
  try {
    await program(terminal).parseAsync(argv);
  } catch (error) {
    process.exitCode = failed(error);
  }
}

function program(terminal: Terminal): Command {
  const parent = new Command("dataset-mirror")
    .description("Keeps a Postgres table equal to the list of datasets of an Apify account.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(add --help for what it takes)")
    .hook("preAction", requireNode)
    .addHelpText("after", HELP);
  const commands = [
    startCommand(terminal),
    syncCommand(terminal),
    statusCommand(terminal),
    migrateCommand(terminal),
    sandboxCommand(terminal.signal),
    demoCommand(terminal),
  ];
  for (const command of commands) parent.addCommand(command.copyInheritedSettings(parent));
  return parent;
}

/** npm only warns when `engines` is not met, and what an older Node lacks would fail in the middle of things. */
function requireNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MIN) return;
  throw new OperatorError(`this is Node ${process.versions.node}; Node ${NODE_MIN} or newer is needed`, {
    hint: "In a checkout the npm scripts bring their own: npm run mirror -- ...",
  });
}

function failed(error: unknown): ExitCode {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (stop.signal.aborted && error === stop.signal.reason) return 0;
  tell(error);
  return error instanceof ConfigError ? 2 : 1;
}

/** An operator's error by its message and hint, a bug by what may be told of it and where it happened. */
function tell(error: unknown): void {
  const { type, message, hint, causes = [], stack } = describeError(error);
  const isExpected = error instanceof OperatorError;
  const lines = isExpected
    ? [message, hint]
    : [`${type}: ${message}`, ...causes.map((cause) => `cause: ${cause}`), stack];
  const text = lines.filter((line) => line !== undefined).join("\n");
  const hide = createRedactor(secretsIn(process.env, thisHost()));
  process.stderr.write(`dataset-mirror: ${printable(hide(text))}\n`);
}

/** The first signal asks for a graceful stop, the second ends at once: whatever was not committed is read again. */
function stopOrEnd(signal: "SIGTERM" | "SIGINT"): void {
  const end = () => process.exit(signal === "SIGTERM" ? 143 : 130);
  if (stop.signal.aborted) end();
  stop.abort(new Error(`stopped by ${signal}`));
  setTimeout(end, STOP_MS_MAX).unref();
}

function readDotEnv(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
