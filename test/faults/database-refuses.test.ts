/** The database is read-only, forbidden or newer; the password is wrong. */
import { beforeEach, expect, test } from "vitest";

import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import { createRoleDatabase } from "../support/role-database.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { beforeSecondPage, expectRecovery, rigBehind, rigOn, tick } from "./database-setup.ts";

let database: RoleDatabase;
beforeEach(async () => {
  database = await createRoleDatabase();
  return () => database[Symbol.asyncDispose]();
});

test("read-only: the run is tried again, then fails, and goes on once the primary is back", async () => {
  await using rig = await rigBehind(database);
  beforeSecondPage(rig, async () => {
    await database.alter("alter role $role set default_transaction_read_only = on");
    await database.disconnect();
  });
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    {
      msg: "run failed",
      err: { code: "25006", hint: expect.stringMatching(/replica.*default_transaction_read_only/) },
    },
  ]);
  await database.alter("alter role $role reset default_transaction_read_only");
  await database.disconnect();
  await expectRecovery(rig);
});

test("permission denied: the run fails at once and says which right is missing", async () => {
  await using rig = await rigBehind(database);
  beforeSecondPage(rig, () =>
    database.alter(
      "alter table apify.datasets owner to current_user; revoke all on apify.datasets from $role",
    ),
  );
  const run = await rig.run("full");
  expect(run).toMatchObject({ status: "failed", complete: false, pages: 1 });
  expect(run.error).toMatch(
    /^write a page: permission denied for table datasets \(42501\)\.\nGrant the role of DATABASE_URL/,
  );
  await database.alter("alter table apify.datasets owner to $role");
  await expectRecovery(rig);
});

test("permission denied for the schema: no run can begin", async () => {
  await database.alter("alter database $db owner to current_user");
  await using rig = await rigOn(database);
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    {
      msg: "no run could begin",
      err: { code: "42501", hint: expect.stringContaining("create schema apify") },
    },
  ]);
  await database.alter("grant create on database $db to $role");
  expect(await rig.run()).toMatchObject({ status: "succeeded", complete: true });
});

test("a wrong password: no run can begin, and the log does not show it", async () => {
  const url = new URL(database.url);
  url.password = "wrong-pass-word";
  await using rig = await createRig({ databaseUrl: url.href, adminUrl: database.adminUrl });
  await tick(rig);
  expect(rig.log.lines("error")).toMatchObject([
    {
      msg: "no run could begin",
      err: { code: "28P01", hint: expect.stringMatching(/^Check user, password/) },
    },
  ]);
  expect(rig.log.text()).not.toContain("wrong-pass-word");
});

test("a newer schema is refused before anything is written", async () => {
  await using _mirrored = await rigBehind(database);
  const before = await query(database.adminUrl, "select * from apify.sync_runs");
  await database.alter(
    "insert into apify.migrations (hash, created_at) values ('of the future', 4102444800000)",
  );
  await using other = await rigOn(database);
  await tick(other);
  expect(other.log.lines("error")).toMatchObject([
    {
      msg: "no run could begin",
      err: { message: expect.stringMatching(/newer version/), hint: expect.stringMatching(/^Run the newer/) },
    },
  ]);
  expect(await query(database.adminUrl, "select * from apify.sync_runs")).toEqual(before);
});
