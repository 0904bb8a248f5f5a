import { expect, test } from "vitest";

import { accessText, accessTo } from "../../src/commands/access.ts";
import { toConfig } from "../../src/config.ts";
import { host } from "../config/host.ts";

test("the embedded database is described by its psql line, with the file that holds the password", () => {
  const psql = `psql "postgres://mirror@127.0.0.1:54329/mirror?passfile=/home/me/a%20b/passfile"`;
  expect(accessText(accessTo(toConfig({}, { token: false }, host), psql))).toBe(
    "host 127.0.0.1, port 54329, database mirror, user mirror, password: the last field of /home/me/a b/passfile",
  );
});

test.each([
  ["postgres://me:secret@db.example/warehouse", "host db.example, port 5432, database warehouse, user me"],
  [
    "postgres://me:secret@db.example:6543/w?sslmode=require",
    "host db.example, port 6543, database w, user me",
  ],
  ["postgres://me:secret@/w?host=/run/pg&port=5433", "host /run/pg, port 5433, database w, user me"],
])("%s is described without its password", (DATABASE_URL, text) => {
  const config = toConfig({ DATABASE_URL }, { token: false }, host);
  expect(accessText(accessTo(config, null))).toBe(`${text}, password: that of DATABASE_URL`);
});
