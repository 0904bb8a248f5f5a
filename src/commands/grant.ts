import { Command } from "commander";

import { openStore } from "../daemon.ts";
import { openDatabase, placeOf } from "../mirror/database.ts";
import { grantReading } from "../mirror/grant.ts";
import { setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
The role may read the schemas apify_bi and apify, now and in later versions, and write nothing. In this database it
is read-only by default, and its statements end after 60 s. All of it, or nothing.

Examples:
  dataset-mirror grant reader --create        makes the role and prints its password, once
  dataset-mirror grant analyst                lets a role read that exists`;

/** `grant`: lets a role of the database read, for BI tools. */
export function grantCommand(terminal: Terminal): Command {
  return new Command("grant")
    .description("let a role of the database read the mirror, and nothing else")
    .argument("<role>", "name of the role")
    .option("--create", "make the role, and print its password once")
    .addHelpText("after", HELP)
    .action(async (role: string, { create = false }: { create?: boolean }) => {
      const { config, around } = setUp(terminal, { token: false });
      await using store = await openStore(config, around);
      await store.prepare();
      // The role that mirrors owns the embedded database and nothing more; making roles is its superuser's.
      await using admin = store.embedded === null ? null : openDatabase(store.embedded.adminUrl);
      const { password } = await grantReading((admin ?? store.database).db, role, create);
      const { host, port, database } = placeOf(store.database);
      const place = `database ${database} on ${host}:${port}`;
      terminal.stdout.write(`${role} may read the schemas apify_bi and apify of ${place}\n`);
      if (password !== null) terminal.stdout.write(`password: ${password}\n`);
    });
}
