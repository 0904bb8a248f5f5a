import { Command } from "commander";

import { openService } from "../daemon.ts";
import type { Setup } from "./setup.ts";
import { setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Runs until SIGTERM or SIGINT: the page in hand is committed and the run closed; a second signal ends at once.

Examples:
  APIFY_TOKEN=... dataset-mirror start
  APIFY_TOKEN=... DATABASE_URL=postgres://... SYNC_CRON='*/5 * * * *' dataset-mirror start`;

/** `start`: the service. */
export function startCommand(terminal: Terminal): Command {
  return new Command("start")
    .description("the service: mirrors on schedule, serves status, health and metrics")
    .addHelpText("after", HELP)
    .action(() => serve(setUp(terminal, { token: true }), terminal));
}

/** Runs the service until the terminal's signal aborts, then stops it gracefully. */
export async function serve({ config, around }: Setup<string>, { signal }: Terminal): Promise<void> {
  const { log } = around;
  await using service = await openService(config, around);
  log.info({ url: service.url, source: config.source.name }, "the service is up");
  if (service.psql !== null) log.info(`the mirror in SQL: ${service.psql}`);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  log.info("stopping after the page in hand");
}
