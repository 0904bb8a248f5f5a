/** Everything a pass does to the database, through PgBouncer in transaction mode. */
import { expect, test } from "vitest";

import { expectEqual, expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { WITHOUT_PGBOUNCER, startPgBouncer } from "../support/pgbouncer.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";

if (WITHOUT_PGBOUNCER !== null) console.warn(`skipped behind PgBouncer: ${WITHOUT_PGBOUNCER}`);

test.skipIf(WITHOUT_PGBOUNCER !== null)(
  "migration, first pass, incremental and full passes, a removed dataset that comes back among many new ones",
  async () => {
    await using own = await createTestDatabase({ template: false });
    await using pooler = await startPgBouncer(own.url);
    // Pages of more rows than are worth a COPY.
    await using rig = await createRig({
      databaseUrl: pooler.url,
      adminUrl: own.url,
      env: { PAGE_SIZE: "100" },
    });
    const { account } = rig.sandbox;
    expect(await rig.run()).toMatchObject({ kind: "full", status: "succeeded", inserted: account.size });
    account.create(150);
    expect(await rig.run()).toMatchObject({ kind: "incremental", status: "succeeded", inserted: 150 });
    account.deleteRandom(20);
    await expectEqualWhenSettled(rig);
    expect(await gone(own.url)).toBe(20);

    // As if the newest had been taken for gone: their page is refused by COPY and goes in by upsert.
    const newest = "id = any(array(select id from apify.datasets order by created_at desc limit 3))";
    await query(
      own.url,
      `update apify.datasets set missing_since = now(), removed_at = now() where ${newest}`,
    );
    account.create(80);
    expect(await rig.run()).toMatchObject({ status: "succeeded", inserted: 80 });
    expect(await rig.run("full")).toMatchObject({ status: "succeeded", complete: true });
    await expectEqual(rig);
    await expectRunsTruthful(rig);
  },
);

async function gone(url: string): Promise<number> {
  const rows = await query(url, "select 1 from apify.datasets where removed_at is not null");
  return rows.length;
}
