import { Command } from "commander";

import { printableJson } from "../core/text.ts";
import { limitsOf, schedulesOf } from "../daemon.ts";
import { readStatus } from "../mirror/status.ts";
import { RUNS_REPORTED, reportJson, statusReport } from "../ops/status-report.ts";
import { statusText } from "../ops/status-text.ts";
import { isColorful, openExistingStore, setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Ends with 0 when the mirror is fresh, 1 when it is stale or failing. It writes nothing: it neither creates a database nor
migrates its schema.

Examples:
  dataset-mirror status
  dataset-mirror status --json | jq .drift`;

/** `status`: whether the mirror is up to date and complete. Writes nothing. */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("last runs, cursor, freshness, drift")
    .option("--json", "as JSON, the same as GET /api/status")
    .addHelpText("after", HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openExistingStore(config, around);
      const source = config.source.name;
      const now = around.clock.now();
      const report = statusReport(await readStatus(store.database.db, source, RUNS_REPORTED), {
        source,
        embedded: store.embedded !== null,
        ...limitsOf(schedulesOf(config)),
        now,
      });
      const { env, stdout } = terminal;
      const screen = {
        isColorful: isColorful(env, stdout),
        columns: stdout.isTTY ? stdout.columns : Infinity,
      };
      stdout.write(json ? `${printableJson(reportJson(report))}\n` : statusText(report, now, screen));
      terminal.exit(report.verdict.fresh ? 0 : 1);
    });
}
