import { Command } from "commander";

import { openService } from "../daemon.ts";
import type { Service } from "../daemon.ts";
import { accessTo } from "./access.ts";
import type { Setup } from "./setup.ts";
import { setUp } from "./setup.ts";
import { runFleet } from "./start-fleet.ts";
import { commandLine } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Runs until SIGTERM or SIGINT; the page in hand is committed and the run closed. A second signal ends it at once.

Examples:
  APIFY_TOKEN=... dataset-mirror start
  APIFY_TOKEN=... DATABASE_URL=postgres://... SYNC_CRON='*/5 * * * *' dataset-mirror start
  ACCOUNTS_FILE=accounts.json DATABASE_URL=postgres://... dataset-mirror start    many accounts, any number of processes`;

/** `start`: the service. */
export function startCommand(terminal: Terminal): Command {
  return new Command("start")
    .description("the service: mirrors on schedule, serves status page, health and metrics")
    .addHelpText("after", HELP)
    .action(async () => {
      const setup = setUp(terminal, { token: "each" });
      const { config, around } = setup;
      if (config.fleet !== null) return runFleet(setup, config.fleet, terminal);
      await runService({ config, around }, terminal, ({ url, psql }) => {
        around.log.info({ url, source: config.source.name }, "the service is up");
        around.log.info(accessTo(config, psql), `query the mirror: ${commandLine(terminal, "psql")}`);
      });
    });
}

/** Runs the service until the terminal's signal aborts, then stops it gracefully. `onUp` is called once it is up. */
export async function runService(
  { config, around }: Pick<Setup<string>, "config" | "around">,
  { signal }: Terminal,
  onUp: (service: Service) => void,
): Promise<void> {
  await using service = await openService(config, around);
  onUp(service);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  around.log.info("stopping after the page in hand");
}
