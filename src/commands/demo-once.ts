import { sql } from "drizzle-orm";

import { openStore } from "../daemon.ts";
import type { MirrorStore } from "../daemon.ts";
import type { Sandbox } from "../sandbox/start.ts";
import type { Setup } from "./setup.ts";
import { syncOnce } from "./sync.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Mirrors an account, changes it behind the mirror's back, and mirrors it again: what an incremental pass finds although
 * the whole list slid under its offset, and what two full passes prove to be gone. Fails if the mirror is not the account.
 */
export async function showOnce(
  { config, around }: Setup<string>,
  sandbox: Sandbox,
  terminal: Terminal,
): Promise<void> {
  const say = (line: string) => terminal.stdout.write(`${line}\n`);
  const { account } = sandbox;
  await using store = await openStore(config, "owner", around);
  const pass = (full: boolean) => syncOnce({ config, around, store, terminal, full, acceptRemovals: false });

  say(`\n1. An account of ${account.size} datasets, into an empty mirror`);
  await pass(true);

  const naiveOffset = account.size;
  const expired = account.expireOldest(400).length;
  const deleted = account.deleteRandom(25).length;
  const created = account.create(300).length;
  const touched = account.touchRandom(50).length;
  const renamed = account.renameRandom(10).length;
  say(
    `\n2. Behind its back: ${expired} expire, ${deleted} are deleted, ${created} created, ${touched} written to, ${renamed} renamed`,
  );
  say(`   The list is shorter now than the stored offset: asking from ${naiveOffset} on would bring`);
  say(`   ${Math.max(0, account.size - naiveOffset)} of the ${created} new datasets, today and for ever.`);
  await pass(false);
  say(`   All ${created} are in the mirror.`);

  say("\n3. Two full passes: the first finds what is absent, the second proves it is gone");
  await pass(true);
  await pass(true);

  say("\n4. The mirror against the account");
  const { rows } = await store.database.db.execute<{ id: string }>(sql`select id from apify.live_datasets`);
  const mirrored = new Set(rows.map(({ id }) => id));
  const listed = account.snapshot().map(({ id }) => id);
  const isEqual = listed.length === mirrored.size && listed.every((id) => mirrored.has(id));
  say(
    `   The account lists ${listed.length} datasets, the mirror holds ${mirrored.size} live ones: ${isEqual ? "the same" : "NOT THE SAME"}.`,
  );
  await showRuns(store, say);
  if (!isEqual) terminal.exit(1);
}

async function showRuns({ database }: MirrorStore, say: (line: string) => void): Promise<void> {
  const { rows } = await database.db.execute<Record<string, number | string>>(sql`
    select id, kind, requests, inserted, updated, unchanged, missing, removed from apify.sync_runs order by id`);
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  say("\n   select * from apify.sync_runs");
  for (const cells of lines) say(`   ${cells.map((cell) => cell.padStart(13)).join("")}`);
}
