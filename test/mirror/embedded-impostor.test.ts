import { createHash } from "node:crypto";

import { sql } from "drizzle-orm";
import { expect, test } from "vitest";

import { inDatabase, openDatabase } from "../../src/mirror/database.ts";
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

function expectNothingToldTo(received: string, password: string): void {
  expect(received).not.toContain(password);
  expect(received).not.toContain("secret question");
  const inner = createHash("md5").update(`${password}mirror`).digest("hex");
  expect(received).not.toContain(createHash("md5").update(`${inner}salt`).digest("hex"));
}
