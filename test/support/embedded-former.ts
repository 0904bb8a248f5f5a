import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { openDatabase } from "../../src/mirror/database.ts";
import { findAccount } from "../../src/mirror/embedded/account.ts";
import { openHome } from "../../src/mirror/embedded/home.ts";
import { launch } from "../../src/mirror/embedded/launch.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { type TestHome, ask, createHomeWithPrograms, freePort } from "./embedded.ts";
import { silentLog } from "./silent-log.ts";

export interface FormerHome extends TestHome {
  /** Of the role `mirror`. */
  readonly password: string;
}

/** What a person may have made in version 0.1 as the only role there was. */
const OBJECTS = [
  "create view public.large as select id from apify.datasets where item_count > 1000",
  "create table public.notes (id serial primary key, note text)",
  "create materialized view public.totals as select count(*) from apify.datasets",
  "create sequence public.numbers",
  "create type public.color as enum ('red')",
  "create domain public.positive as int check (value > 0)",
  "create procedure public.nothing() language sql as 'select'",
  "create schema reports",
  "create extension pg_stat_statements",
  "insert into public.notes (note) values ('made in 0.1')",
];

/** A stopped cluster as version 0.1 made it: `mirror` is the superuser and owns everything. `after` runs with the URL of `mirror`. */
export async function createFormerHome(
  after: (url: string, passfile: string) => Promise<unknown> = async () => {},
): Promise<FormerHome> {
  const testHome = await createHomeWithPrograms();
  const home = await openHome(testHome.dataDir, process);
  const folder = await testHome.programs();
  const programs = { version: "18", folder: basename(folder), bin: join(folder, "bin") };
  const runAs = await findAccount(home, process);
  const password = randomBytes(24).toString("hex");
  const secret = join(home.cluster, "secret");
  await mkdir(home.data, { recursive: true });
  await writeFile(home.passfile, `127.0.0.1:*:*:mirror:${password}\n`, { mode: 0o600 });
  await writeFile(secret, password);
  if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(home.data, runAs.uid, runAs.gid);
  const args = [
    "-D",
    home.data,
    "-U",
    "mirror",
    "--pwfile",
    secret,
    "--auth",
    "scram-sha-256",
    "--no-sync",
    "--encoding",
    "UTF8",
  ];
  await promisify(execFile)(join(programs.bin, "initdb"), args, { ...runAs, cwd: home.cluster });

  const [port, { signal }] = [await freePort(), new AbortController()];
  await launch(home, programs, runAs, {
    ...testHome,
    host: "127.0.0.1",
    port,
    log: silentLog,
    parent: process,
    signal,
  });
  const url = `postgres://mirror:${password}@127.0.0.1:${port}/mirror`;
  await ask(url.replace(/mirror$/, "postgres"), "create database mirror");
  {
    await using database = openDatabase(url);
    await migrate(database.db);
  }
  for (const statement of OBJECTS) await ask(url, statement);
  await after(url, home.passfile);
  process.kill((await testHome.postmasterPid()) ?? 0, "SIGINT");
  await testHome.stopped();
  return { ...testHome, password };
}
