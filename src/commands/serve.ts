import { once } from "node:events";

import { Command } from "commander";

import { openReader } from "../daemon/reader.ts";
import { openExistingStore, setUp } from "./setup.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `
Reads a database that \`start\` fills, or a replica of it; a role that may only read will do. Any number of these may run.
It needs no Apify token. The pages go by SYNC_CRON and FULL_SYNC_CRON, so set them as \`start\` has them.

Example:
  API_TOKEN=... DATABASE_URL=postgres://reader@replica/mirror dataset-mirror serve`;

/** `serve`: the read API and the pages, on a mirror that another process fills. */
export function serveCommand(terminal: Terminal): Command {
  return new Command("serve")
    .description("the read API and the pages alone, on a database that another process fills")
    .addHelpText("after", HELP)
    .action(async (_options: object, command: Command) => {
      const { config, around } = setUp(terminal, { token: false });
      if (config.fleet !== null)
        command.error("error: serve serves one account: set SOURCE_NAME, and no ACCOUNTS_FILE");
      const { log } = around;
      await using store = await openExistingStore(config, around);
      await using reader = await openReader(config, store, around);
      log.info({ url: reader.url, source: config.source.name }, "the mirror is served");
      if (config.readApi === null)
        log.warn("the read API is off, as API_TOKEN is not set: only the pages are served");
      if (!terminal.signal.aborted) await once(terminal.signal, "abort");
    });
}
