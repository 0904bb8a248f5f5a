import { randomUUID } from "node:crypto";

import { inject } from "vitest";

import { dropDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** An empty database with a role of its own, which owns it and is no superuser. */
export interface RoleDatabase extends AsyncDisposable {
  readonly name: string;
  readonly role: string;
  /** As the role. */
  readonly url: string;
  /** As a superuser. */
  readonly adminUrl: string;
  /** Runs statements as a superuser; `$db` and `$role` stand for the names. */
  alter(statements: string): Promise<void>;
  /** Ends the role's connections: what was altered for role or database holds from the next one on. */
  disconnect(): Promise<void>;
}

/** `options` are those of `create database`; `serverUrl` is a superuser's, by default of the server of the test run. */
export async function createRoleDatabase(
  options = "",
  serverUrl: string = inject("postgres").url,
): Promise<RoleDatabase> {
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  const name = role.replace("role", "db");
  const password = randomUUID();
  await query(serverUrl, `create role ${role} login password '${password}'`);
  await query(serverUrl, `create database ${name} owner ${role} ${options}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  // What the server's own URL demands of a connection is not the test's matter.
  url.search = "";
  const adminUrl = url.href;
  [url.username, url.password] = [role, password];
  const alter = async (statements: string) => {
    await query(adminUrl, statements.replaceAll("$db", name).replaceAll("$role", role));
  };
  return {
    ...{ name, role, adminUrl, alter },
    url: url.href,
    disconnect: () => alter("select pg_terminate_backend(pid) from pg_stat_activity where usename = '$role'"),
    async [Symbol.asyncDispose]() {
      await dropDatabase(serverUrl, name);
      await query(serverUrl, `drop role ${role}`);
    },
  };
}
