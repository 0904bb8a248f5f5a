import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

import { sql } from "drizzle-orm";
import { expect, test } from "vitest";

import { inDatabase, openDatabase } from "../../src/mirror/database.ts";
import { createTestHome, open } from "../support/embedded.ts";
import { ANSWERS, startImpostor } from "../support/embedded-impostor.ts";

const PASSWORD = "0123456789abcdef";

for (const [demand, answer] of Object.entries(ANSWERS)) {
  test(`a server that asks for ${demand} is refused and gets neither password nor statement`, async () => {
    await using impostor = await startImpostor(0, answer);
    await using database = openDatabase(
      `postgres://mirror:${PASSWORD}@127.0.0.1:${impostor.port}/mirror?require_auth=scram-sha-256`,
    );
    for (let tries = 0; tries < 2; tries++) {
      const asked = inDatabase("ask", () => database.db.execute(sql`select 'a secret question'`));
      await expect(asked).rejects.toMatchObject({
        name: "OperatorError",
        message: expect.stringContaining(`127.0.0.1:${impostor.port} is not the mirror's database`),
      });
    }
    expectNothingToldTo(impostor.received(), PASSWORD);
  });
}

test("after a crash of the server, another one on its port gets nothing from the service or the psql line", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  await using database = openDatabase(db.url);
  await database.db.execute(sql`select`);
  process.kill((await home.postmasterPid()) ?? 0, "SIGKILL");
  await expect
    .poll(() =>
      database.db.execute(sql`select`).then(
        () => "runs",
        () => "gone",
      ),
    )
    .toBe("gone");
  await using impostor = await startImpostor(db.port, ANSWERS["the password in clear text"]);

  await expect(database.db.execute(sql`select 'a secret question'`)).rejects.toThrow("Failed query");
  await expect(db.ensureRunning()).rejects.toThrow(`cannot listen on port ${db.port}`);
  const { password } = new URL(db.url);
  if (await hasPsql()) {
    // psql 15 takes libpq from here, so that it knows PGREQUIREAUTH.
    const env = { PATH: process.env["PATH"], LD_LIBRARY_PATH: join(await home.programs(), "lib") };
    const psql = promisify(execFile)("sh", ["-c", `${db.psql} -c "select 'a secret question'"`], { env });
    await expect(psql).rejects.toThrow("scram-sha-256");
  }
  expectNothingToldTo(impostor.received(), password);
});

function expectNothingToldTo(received: string, password: string): void {
  expect(received).not.toContain(password);
  expect(received).not.toContain("secret question");
  const inner = createHash("md5").update(`${password}mirror`).digest("hex");
  expect(received).not.toContain(createHash("md5").update(`${inner}salt`).digest("hex"));
}

async function hasPsql(): Promise<boolean> {
  return promisify(execFile)("psql", ["--version"]).then(
    () => true,
    () => false,
  );
}
