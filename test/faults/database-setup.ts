import { expect } from "vitest";

import { expectEqualWhenSettled, expectRunsTruthful } from "../support/equal.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";
import type { RoleDatabase } from "../support/role-database.ts";

/** One page at a time: with pages ahead the next one may commit while a test still prepares what it is to meet. */
export function rigOn({ url, adminUrl }: RoleDatabase): Promise<Rig> {
  return createRig({ databaseUrl: url, adminUrl, env: { MAX_CONCURRENCY: "1" } });
}

/** A mirror of an account that has changed since. */
export async function rigBehind(database: RoleDatabase): Promise<Rig> {
  const rig = await rigOn(database);
  await rig.run();
  rig.sandbox.account.expireOldest(20);
  rig.sandbox.account.create(60);
  return rig;
}

export async function tick({ service, clock }: Rig): Promise<void> {
  await clock.advance(60_000);
  service.tick("full", "schedule");
  await service.idle();
}

/** Does something once, between the first and the second page. */
export function beforeSecondPage(rig: Rig, work: () => Promise<void>): void {
  rig.hooks.fetched = async (committed) => {
    if (committed !== 1) return;
    rig.hooks.fetched = () => {};
    await work();
  };
}

export async function expectRecovery(rig: Rig): Promise<void> {
  expect(await rig.run()).toMatchObject({ status: "succeeded", error: null });
  expect(rig.log.lines("info").map((line) => line.msg)).toContain("recovered");
  await expectEqualWhenSettled(rig);
  await expectRunsTruthful(rig);
}
