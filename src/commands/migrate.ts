import { Command } from "commander";

import { openParts } from "../daemon.ts";
import type { Terminal } from "./terminal.ts";
import { configure, surroundings } from "./setup.ts";

/** `migrate`: brings the schema of the database up to this program's. */
export function migrateCommand(terminal: Terminal): Command {
  return new Command("migrate").description("apply the migrations to the database").action(async () => {
    const config = configure(terminal, { token: false });
    await using parts = await openParts(config, "guest", surroundings(config, terminal));
    const { applied } = await parts.migrate();
    terminal.stdout.write(applied === 0 ? "the schema is current\n" : `applied ${applied} migrations\n`);
  });
}
