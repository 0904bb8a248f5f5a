import { Command } from "commander";

import { openStore } from "../daemon.ts";
import { setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

/** `migrate`: brings the schema of the database up to this program's. */
export function migrateCommand(terminal: Terminal): Command {
  return new Command("migrate")
    .description("apply the migrations to the database")
    .addHelpText("after", "\nExample:\n  DATABASE_URL=postgres://mirror@db/warehouse dataset-mirror migrate")
    .action(async () => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openStore(config, around);
      const applied = await store.prepare();
      terminal.stdout.write(applied === 0 ? "the schema is current\n" : `migrations applied: ${applied}\n`);
    });
}
