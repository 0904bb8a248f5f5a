import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { Command } from "commander";

import type { Service } from "../daemon.ts";
import { startSandbox } from "../sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/start.ts";
import { accessText, accessTo } from "./access.ts";
import { runDemoOnce } from "./demo-once.ts";
import { setUp } from "./setup.ts";
import type { Setup } from "./setup.ts";
import { runService } from "./start.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
It needs no token, no database and no Docker. Its database is in a temporary folder, whatever DATA_DIR and DATABASE_URL say,
and is deleted at the end.

Examples:
  npm run demo                                keep a changing account mirrored, until Ctrl-C
  npm run demo -- --quiet                     the same, without a line for every pass
  npm run demo -- --once                      mirror a changed account step by step
  HTTP_PORT=8080 EMBEDDED_PORT=54329 npm run demo    on fixed ports`;

interface Options {
  readonly once?: boolean;
  readonly quiet?: boolean;
}

/** `demo`: the sandbox, an embedded Postgres and the service in one process. */
export function demoCommand(terminal: Terminal): Command {
  return new Command("demo")
    .description("see it work on an account in memory, without a token or a database")
    .option("--once", "mirror an account, change it, mirror it again, show the result and end")
    .option("--quiet", "log warnings and errors only")
    .addHelpText("after", HELP)
    .action(async ({ once = false, quiet = false }: Options) => {
      await using folder = await temporaryFolder();
      await using sandbox = await startSandbox(once ? STILL_ACCOUNT : CHANGING_ACCOUNT);
      const env = {
        ...terminal.env,
        ...(once ? ONCE_ENV : FAST_ENV),
        ...(quiet && { LOG_LEVEL: "warn" }),
        ...demoEnv(terminal, sandbox, folder.path),
      };
      const setup = setUp({ ...terminal, env }, { token: true });
      await (once ? runDemoOnce(setup, sandbox, terminal) : runDemo(setup, terminal));
    });
}

async function runDemo(setup: Setup<string>, terminal: Terminal): Promise<void> {
  using keyboard = new DisposableStack();
  await runService(setup, terminal, (service) => {
    const introduction = introduce(setup, service, terminal);
    terminal.stdout.write(introduction);
    keyboard.use(repeatOnEnter(introduction, terminal));
  });
}

/** Enter prints the text again, on a terminal whose log has moved it out of sight. */
export function repeatOnEnter(text: string, { stdin, stdout }: Streams): Disposable {
  if (!stdin.isTTY) return new DisposableStack();
  const lines = createInterface({ input: stdin });
  lines.on("line", () => stdout.write(text));
  return { [Symbol.dispose]: () => lines.close() };
}

interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Pick<NodeJS.WritableStream, "write">;
}

function introduce({ config }: Setup<string>, { url, psql }: Service, { env, stdin }: Terminal): string {
  const isIgnored = (name: string) => Boolean(env[name]);
  const ignored = ["DATA_DIR", "DATABASE_URL"].filter(isIgnored);
  const lines = [
    "A changing account of 20 000 datasets is being mirrored, with a pass every five seconds.",
    `  page  ${url}`,
    `  SQL   ${psql}`,
    `        ${accessText(accessTo(config, psql))}`,
    ...ignored.map((name) => `${name} is ignored: the demo has a database of its own.`),
    `All of it is deleted at the end. ${stdin.isTTY ? "Enter shows this again, Ctrl-C ends." : ""}`.trimEnd(),
  ];
  return `\n${lines.join("\n")}\n\n`;
}

const STILL_ACCOUNT: SandboxOptions = { datasets: 5_000, seed: 2026 };
/** Something has happened whenever one looks. */
const CHANGING_ACCOUNT: SandboxOptions = {
  datasets: 20_000,
  seed: 2026,
  churn: "create=1/s,expire=1/s,delete=0.2/s,touch=4/s,rename=0.1/s",
  latency: 30,
};
const ONCE_ENV = { LOG_LEVEL: "warn", REMOVAL_GRACE: "0s" };
const FAST_ENV = {
  SYNC_CRON: "*/5 * * * * *",
  NAMED_SYNC_CRON: "*/10 * * * * *",
  FULL_SYNC_CRON: "*/30 * * * * *",
  LOOKBACK: "30s",
  REMOVAL_GRACE: "20s",
};

function demoEnv({ env }: Terminal, sandbox: Sandbox, folder: string) {
  return {
    APIFY_TOKEN: sandbox.token,
    APIFY_TOKEN_FILE: undefined,
    APIFY_API_BASE_URL: sandbox.url,
    DATABASE_URL: undefined,
    DATA_DIR: join(folder, "data"),
    SOURCE_NAME: "demo",
    DATASETS_UNNAMED: "true",
    DATASETS_OWNERSHIP: undefined,
    // Free ports, so that it runs beside a service and beside another demo.
    EMBEDDED_PORT: env["EMBEDDED_PORT"] || "0",
    HTTP_PORT: env["HTTP_PORT"] || "0",
  };
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "dataset-mirror-demo-"));
  // Started by root, Postgres runs as another user, who must be able to enter.
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
