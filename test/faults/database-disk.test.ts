import { expect, test } from "vitest";

import { startTestCluster } from "../support/cluster.ts";
import { expectEqualWhenSettled } from "../support/equal.ts";
import { createRig } from "../support/rig.ts";
import { fillDisk, mountSmallDisk } from "../support/small-disk.ts";

test("disk full: the run fails, says so, and the next one goes on once there is room", async ({ skip }) => {
  await using cluster = await startTestCluster();
  const database = await cluster.createDatabase();
  await using disk = await mountSmallDisk("24m", cluster.dataFolder);
  if (disk.path === null) {
    skip(`no small file system can be mounted here: ${disk.reason}`);
    return;
  }
  await using rig = await createRig({
    databaseUrl: database.url,
    adminUrl: database.adminUrl,
    sandbox: { datasets: 60 },
  });
  await rig.run();
  await database.alter(`create tablespace small location '${disk.path}'`);
  await database.alter("alter table apify.datasets set tablespace small");
  await database.alter("create table ballast (text text) tablespace small");
  await fillDisk(database);
  rig.sandbox.account.create(400);
  const run = await rig.run();
  expect(run).toMatchObject({ status: "failed", complete: false });
  expect(run.error).toMatch(
    /^write a page: could not extend file .*No space left on device.* \(53100\)\.\nThe server's disk is full: free space/,
  );
  await database.alter("drop table ballast");
  expect(await rig.run()).toMatchObject({ status: "succeeded" });
  await expectEqualWhenSettled(rig);
});
