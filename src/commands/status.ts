import { Command } from "commander";

import { openStore } from "../daemon.ts";
import { readStatus } from "../mirror/status.ts";
import { judge, staleAfterMs } from "../sync/freshness.ts";
import { setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

/** Runs that are told, newest first. */
const RUNS = 10;

/** `status`: whether the mirror can be trusted now. */
export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("last runs, cursor, freshness, drift")
    .option("--json", "as JSON, as GET /api/status gives it")
    .addHelpText(
      "after",
      "\nEnds with 0 when the mirror is fresh, 1 when it is stale or failing.\n\nExample:\n  dataset-mirror status --json | jq .drift",
    )
    .action(async ({ json = false }: { json?: boolean }) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openStore(config, "guest", around);
      await store.prepare();
      const status = await readStatus(store.database.db, config.source.name, RUNS);
      const verdict = judge(status, staleAfterMs(config.sync.cron), around.clock.now());
      terminal.stdout.write(
        `${JSON.stringify({ ...verdict, embedded: store.embedded !== null, status }, null, json ? 2 : 2)}\n`,
      );
      terminal.exit(verdict.fresh ? 0 : 1);
    });
}
