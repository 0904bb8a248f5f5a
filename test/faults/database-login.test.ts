/** TLS and passwords: what is wrong is said at once, with what to do, and not tried again. */
import { chmod, chown, copyFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { readDatabaseUrl } from "../../src/config/database-url.ts";
import { DatabaseError } from "../../src/mirror/database-error.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { createCertificate } from "../support/certificates.ts";
import type { Certificate } from "../support/certificates.ts";
import { startTestCluster } from "../support/cluster.ts";
import type { TestCluster } from "../support/cluster.ts";
import { runProgram } from "../support/process.ts";
import type { RoleDatabase } from "../support/role-database.ts";

let cluster: TestCluster;
let database: RoleDatabase;
beforeAll(async () => {
  // Longer than any test: whatever waits for the server to give up never ends.
  cluster = await startTestCluster(["authentication_timeout=600s"]);
  database = await cluster.createDatabase();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test("an authority that is not trusted, a certificate for another name, and one that is right", async () => {
  await using other = await createCertificate("DNS:db.example");
  await using own = await createCertificate("IP:127.0.0.1");
  await serve(other);
  await told("?sslmode=verify-full", {
    isTransient: false,
    hint: expect.stringMatching(/authority.*sslrootcert=.*NODE_EXTRA_CA_CERTS/),
  });
  await told(`?sslmode=verify-full&sslrootcert=${other.authority}`, {
    isTransient: false,
    message: expect.stringContaining("127.0.0.1"),
    hint: expect.stringMatching(/for another host name/),
  });
  expect(await failure("?sslmode=require"), "encrypted, whoever the server is").toBeUndefined();
  await serve(own);
  await expect.poll(() => failure(`?sslmode=verify-full&sslrootcert=${own.authority}`)).toBeUndefined();
});

test("a server without TLS", async () => {
  await setTls("off");
  await told("?sslmode=require", { isTransient: false, hint: expect.stringContaining("sslmode=disable") });
});

test("a password that is missing: said at once, and the process ends", async () => {
  const url = new URL(database.url);
  url.password = "";
  const { code, stderr } = await runProgram(["migrate"], { DATABASE_URL: url.href });
  expect(code).toBe(1);
  expect(stderr).toMatch(/the server asks for a password, and there is none/);
  expect(stderr).toContain("postgres://user:password@host");
});

/** Soon: the server reads its settings anew some time after it is asked to. */
async function told(query: string, error: Record<string, unknown>): Promise<void> {
  await expect.poll(() => failure(query)).toMatchObject(error);
}

/** What an operator is told when the schema is migrated with this query in the URL; undefined if all went well. */
async function failure(query: string): Promise<DatabaseError | undefined> {
  const reading = readDatabaseUrl(database.url + query, () => "");
  if ("problem" in reading) throw new Error(reading.problem.found);
  await using own = openDatabase(reading.value.url);
  return migrate(own.db).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof DatabaseError) return error;
      throw error;
    },
  );
}

/** The server reads its certificate anew; it only takes a key of its own account that nobody else may read. */
async function serve({ certificate, key }: Certificate): Promise<void> {
  const { uid, gid } = await stat(cluster.dataFolder);
  for (const [from, to] of [
    [certificate, "server.crt"],
    [key, "server.key"],
  ] as const) {
    const file = join(cluster.dataFolder, to);
    await copyFile(from, file);
    await chmod(file, 0o600);
    await chown(file, uid, gid);
  }
  await setTls("on");
}

async function setTls(value: "on" | "off"): Promise<void> {
  await database.alter(`alter system set ssl = ${value}`);
  await database.alter("select pg_reload_conf()");
}
