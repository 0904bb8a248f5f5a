import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { startSandbox } from "../sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/start.ts";
import { showOnce } from "./demo-once.ts";
import { setUp } from "./setup.ts";
import { serve } from "./start.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Nothing is needed: no token, no database, no Docker. All of it is gone when the demo ends.

Examples:
  npm run demo                                a living mirror, until Ctrl-C
  npm run demo -- --once                      a changed account, mirrored step by step
  HTTP_PORT=8080 EMBEDDED_PORT=54329 npm run demo    on fixed ports`;

/** `demo`: the sandbox, an embedded Postgres and the service in one process. */
export function demoCommand(terminal: Terminal): Command {
  return new Command("demo")
    .description("see it work on a living account in memory, without a token or a database")
    .option("--once", "mirror an account, change it, mirror it again, show the result and end")
    .addHelpText("after", HELP)
    .action(async ({ once = false }: { once?: boolean }) => {
      await using folder = await temporaryFolder();
      await using sandbox = await startSandbox(once ? STILL : LIVING);
      const env = {
        ...terminal.env,
        ...(once ? STILL_PACE : LIVING_PACE),
        ...demoEnv(terminal, sandbox, folder.path),
      };
      const setup = setUp({ ...terminal, env }, { token: true });
      await (once ? showOnce(setup, sandbox, terminal) : serve(setup, terminal));
    });
}

const STILL: SandboxOptions = { datasets: 5_000, seed: 2026 };
/** An account on which something happens at every look. */
const LIVING: SandboxOptions = {
  datasets: 20_000,
  seed: 2026,
  churn: "create=1/s,expire=1/s,delete=0.2/s,touch=4/s,rename=0.1/s",
  latency: 30,
};
const STILL_PACE = { LOG_LEVEL: "warn", REMOVAL_GRACE: "0s" };
const LIVING_PACE = {
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
  // Root's Postgres runs as another user, who must be able to enter.
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
