/** Whatever a role's settings are, the same is stored and read. */
import { isDeepStrictEqual } from "node:util";

import { expect, inject, test } from "vitest";

import { messageOf } from "../../src/core/errors.ts";
import { readStatus } from "../../src/mirror/status.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { expectEqual, expectRunsTruthful } from "../support/equal.ts";
import { query } from "../support/query.ts";
import { createRoleDatabase } from "../support/role-database.ts";
import type { RoleDatabase } from "../support/role-database.ts";
import { createRig } from "../support/rig.ts";

/** Left alone, each for a reason. */
const EXCLUDED: Readonly<Record<string, string>> = {
  default_table_access_method: "other methods come with extensions",
  default_transaction_read_only: "refused with a clear error: database-refuses.test.ts",
  idle_session_timeout: "ends connections that are idle: transact.test.ts",
  local_preload_libraries: "loads code that an administrator has chosen",
  session_preload_libraries: "loads code that an administrator has chosen",
  session_replication_role: "refused with a clear error: migrate.test.ts",
  transaction_deferrable: "of one transaction; its default is tried",
  transaction_isolation: "of one transaction; its default is tried",
  transaction_read_only: "of one transaction; its default is refused",
};

/** For settings that are texts, and for those whose smallest and largest values are not odd but impossible. */
const ODD_VALUES: Readonly<Record<string, readonly string[]>> = {
  DateStyle: ["German", "SQL, DMY", "Postgres, YMD"],
  TimeZone: ["Africa/Monrovia", "Asia/Kathmandu", "<+13:45>-13:45"],
  application_name: ["other"],
  backtrace_functions: ["errfinish"],
  client_min_messages: ["debug5", "error"],
  client_encoding: ["LATIN1", "SQL_ASCII", "SJIS"],
  createrole_self_grant: ["set, inherit"],
  default_tablespace: ["pg_default", "nowhere"],
  default_text_search_config: ["pg_catalog.simple"],
  dynamic_library_path: ["/nowhere"],
  extension_control_path: ["/nowhere"],
  icu_validation_level: ["debug5", "error"],
  idle_in_transaction_session_timeout: ["100ms"],
  lc_messages: ["POSIX"],
  lc_monetary: ["POSIX"],
  lc_numeric: ["POSIX"],
  lc_time: ["POSIX"],
  lock_timeout: ["1ms"],
  max_stack_depth: ["100kB"],
  restrict_nonsystem_relation_kind: ["view, foreign-table"],
  search_path: ["nowhere", "public, pg_catalog", "apify, pg_temp, pg_catalog"],
  statement_timeout: ["100ms"],
  temp_tablespaces: ["pg_default", "nowhere"],
  timezone_abbreviations: ["India", "Australia"],
  transaction_timeout: ["100ms"],
  wal_consistency_checking: ["all"],
};

interface Setting {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly choices: readonly string[] | null;
}

/** Every setting that a role may be given, but for what only the server's log shows. */
const SETTINGS = `
  select name, vartype as type, boot_val as value, min_val as min, max_val as max, enumvals as choices from pg_settings
  where context in ('user', 'superuser') and category not like 'Reporting and Logging%'
    and name <> all($1)
  order by name`;

test("each setting of a role at its odd values: the mirror is made, updated and read as ever", async () => {
  const settings = await query<Setting>(inject("postgres").url, SETTINGS, [Object.keys(EXCLUDED)]);
  const values = settings.map((setting) => ({ name: setting.name, odd: oddValues(setting) }));
  const expected = await mirrorUnder([]);
  const rounds = Math.max(...values.map(({ odd }) => odd.length));
  for (let round = 0; round < rounds; round++) {
    const odd = values.flatMap((setting) => {
      const value = setting.odd[round % setting.odd.length];
      return value === undefined ? [] : [`${setting.name} = '${value}'`];
    });
    await expectSame(odd, expected);
  }
});

/** Narrows a failure down to the settings that cause it. */
async function expectSame(settings: readonly string[], expected: unknown): Promise<void> {
  const failure = await mirrorUnder(settings).then(
    (found) => (isDeepStrictEqual(found, expected) ? null : `read ${JSON.stringify(found)}`),
    messageOf,
  );
  if (failure === null) return;
  const middle = settings.length >> 1;
  if (middle > 0) {
    await expectSame(settings.slice(0, middle), expected);
    await expectSame(settings.slice(middle), expected);
  }
  throw new Error(`with ${settings.join(", ")}: ${failure}`);
}

function oddValues({ name, type, value, min, max, choices }: Setting): readonly string[] {
  const odd = ODD_VALUES[name];
  if (odd !== undefined) return odd;
  if (type === "bool") return [value === "on" ? "off" : "on"];
  if (type === "enum") return (choices ?? []).filter((choice) => choice !== value);
  if (type === "string") throw new Error(`${name}: no odd value is known for it`);
  return [min, max].filter((bound) => bound !== null).filter((bound) => bound !== value);
}

/** Makes a mirror as a role with these settings, and tells what the role reads of it. */
async function mirrorUnder(settings: readonly string[]): Promise<unknown> {
  await using database = await createRoleDatabase();
  await database.alter(settings.map((setting) => `alter role $role set ${setting}`).join("; "));
  const { url, adminUrl } = database;
  await using rig = await createRig({ databaseUrl: url, adminUrl, sandbox: { datasets: 120, seed: 1 } });
  const { account } = rig.sandbox;
  expect(await rig.run()).toMatchObject({ kind: "full", status: "succeeded", error: null });
  account.expireOldest(10);
  account.renameRandom(20);
  account.create(20);
  for (const kind of ["incremental", "full", "full"] as const) {
    expect(await rig.run(kind)).toMatchObject({ kind, status: "succeeded", error: null });
  }
  await expectEqual(rig);
  await expectRunsTruthful(rig);
  return await readAs(database);
}

/** What is stored and read, but for what depends on the moment. */
async function readAs({ url, adminUrl }: RoleDatabase): Promise<unknown> {
  await using own = openDatabase(url);
  const status = await readStatus(own.db, "default", 10);
  const [stored] = await query(
    adminUrl,
    `select (select count(*)::int from apify.dataset_versions) as versions,
       (select md5(string_agg(id || content_hash, ' ' order by id collate "C")) from apify.datasets) as hashes`,
  );
  const runs = status?.runs.map(({ kind, inserted, updated, removed }) => ({
    ...{ kind, inserted, updated, removed },
  }));
  return { stored, runs, cursor: status?.cursor };
}
