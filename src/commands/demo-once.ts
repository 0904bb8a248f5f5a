import { sql } from "drizzle-orm";

import { openStore } from "../daemon.ts";
import type { MirrorStore } from "../daemon.ts";
import type { Sandbox } from "../sandbox/start.ts";
import type { Setup } from "./setup.ts";
import { syncOnce } from "./sync.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Mirrors an account, changes it, and mirrors it again: an incremental pass finds what is new and what is gone although the
 * whole list has moved, and a full pass proves the removals. Fails if the mirror then differs from the account.
 */
export async function runDemoOnce(
  { config, around }: Setup<string>,
  sandbox: Sandbox,
  terminal: Terminal,
): Promise<void> {
  const print = (line: string) => terminal.stdout.write(`${line}\n`);
  const { account } = sandbox;
  await using store = await openStore(config, around);
  const pass = (full: boolean) => syncOnce({ config, around, store, terminal, full, acceptRemovals: false });

  print(`\n1. An account of ${account.size} datasets is mirrored into an empty database`);
  await pass(true);

  const storedOffset = account.size;
  const gone = account.expireOldest(400).length + account.deleteRandom(25).length;
  const created = account.create(300).length;
  const written = account.touchRandom(50).length + account.renameRandom(10).length;
  print(`\n2. Then ${gone} datasets expire or are deleted, ${created} are created and ${written} change`);
  print(`   A mirror that asked from its stored offset, ${storedOffset}, on would get`);
  print(`   ${Math.max(0, account.size - storedOffset)} of the ${created} new ones, now and for ever.`);
  await pass(false);
  print(`   This one has all ${created} new ones, and found what is gone.`);

  print("\n3. A full pass proves once more what is gone, and removes it");
  await pass(true);

  print("\n4. The account and its mirror");
  const isEqual = await isMirrored(store, account.snapshot());
  print(
    `   ${account.size} datasets in the account, ${isEqual ? "and the same ones" : "NOT THE SAME"} in the mirror.`,
  );
  await printRuns(store, print);
  if (!isEqual) terminal.exit(1);
}

async function isMirrored({ database }: MirrorStore, listed: readonly { id: string }[]): Promise<boolean> {
  const { rows } = await database.db.execute<{ id: string }>(sql`select id from apify.live_datasets`);
  const mirrored = new Set(rows.map(({ id }) => id));
  return listed.length === mirrored.size && listed.every(({ id }) => mirrored.has(id));
}

async function printRuns({ database }: MirrorStore, print: (line: string) => void): Promise<void> {
  const { rows } = await database.db.execute<Record<string, number | string>>(sql`
    select id, kind, requests, inserted, updated, unchanged, missing, removed from apify.sync_runs order by id`);
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  print("\n   select * from apify.sync_runs");
  for (const cells of lines) print(`   ${cells.map((cell) => cell.padStart(13)).join("")}`);
}
