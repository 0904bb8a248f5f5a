import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";

import { runProgram } from "../support/process.ts";
import { query } from "../support/query.ts";
import { createCookbookAccount } from "./cookbook-account.ts";
import type { CookbookAccount } from "./cookbook-account.ts";

/** Above what a double holds. */
export const BIG = "9007199254740993";

/** A role that `grant --create` has made, and how to connect as it. */
export interface Role extends AsyncDisposable {
  readonly role: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  /** For whatever is built on libpq. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Reader extends Role {
  readonly account: CookbookAccount;
}

/** The account of the cookbook with a dataset `big` besides, and a role that may read it. */
export async function createReader(): Promise<Reader> {
  await using stack = new AsyncDisposableStack();
  const account = stack.use(await createCookbookAccount());
  await account.history.add({ id: "big", created: 200, states: [{ from: 200, name: "big" }] });
  await account.history.sql(`update apify.datasets set item_count = ${BIG} where id = 'big'`);
  const role = stack.use(await createRole(account.history.url));
  const owned = stack.move();
  return { ...role, account, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export async function createRole(url: string): Promise<Role> {
  const role = `reader_${randomUUID().slice(0, 8)}`;
  const made = await runProgram(["grant", role, "--create"], { DATABASE_URL: url });
  const [, password] = /^password: (\S+)$/m.exec(made.stdout) ?? [];
  if (password === undefined) throw new Error(made.stderr);
  const { hostname: host, port, pathname } = new URL(url);
  const database = pathname.slice(1);
  return {
    ...{ role, password, host, port, database },
    env: { PGHOST: host, PGPORT: port, PGDATABASE: database, PGUSER: role, PGPASSWORD: password },
    [Symbol.asyncDispose]: async () => {
      await query(url, `drop owned by ${role} cascade; drop role ${role}`);
    },
  };
}

/** Runs a program to its end and returns what it printed; rejects with all of it when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const { stdout } = await promisify(execFile)(program, [...args], {
    ...options,
    env: { PATH, HOME, ...options.env },
    maxBuffer: 2 ** 26,
    // A program that hangs must not take the whole run with it.
    timeout: 600_000,
  }).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

/** The views of apify_bi, by name. */
export const BI_VIEWS: readonly string[] = [
  "accounts",
  "actor_daily",
  "changes",
  "daily",
  "datasets",
  "expiring",
  "freshness",
  "growth",
  "runs",
];
