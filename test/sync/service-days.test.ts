import { expect, test } from "vitest";

import { createFakeClock } from "../support/fake-clock.ts";
import { runProgram } from "../support/process.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const HOUR_MS = 3_600_000;

async function daysOf({ url }: Rig): Promise<string[]> {
  const days = await query<{ text: string }>(
    url,
    "select concat_ws(' ', day, 'live', live, 'created', created, 'gone', gone) as text from apify_bi.daily order by day",
  );
  return days.map(({ text }) => text);
}

test("the figures of a day are written after each proven full pass, and once more when it is over", async () => {
  const clock = createFakeClock(Date.UTC(2026, 2, 1, 20));
  await using rig = await createRig({ clock, sandbox: { datasets: 60 } });
  const { account } = rig.sandbox;
  await rig.run("full");
  const [first] = await daysOf(rig);
  const created = Number(/created (\d+)/.exec(first ?? "")?.[1]);
  const day = (more: number) => [`2026-03-01 live ${60 + more} created ${created + more} gone 0`];
  expect(first).toBe(day(0)[0]);
  account.create(5);
  await rig.run();
  expect(await daysOf(rig)).toEqual(day(0));
  await rig.run("full");
  expect(await daysOf(rig)).toEqual(day(5));

  account.create(2);
  await rig.run();
  await clock.advance(4 * HOUR_MS);
  account.create(1);
  await rig.run();
  expect(await daysOf(rig)).toEqual(day(5));
  await clock.advance(10 * 60_000);
  await rig.run();
  expect(await daysOf(rig)).toEqual(day(7));
});

test("down over midnight: the day that was cut short is written by the next start, and one missed as a whole is not", async () => {
  const clock = createFakeClock(Date.UTC(2026, 2, 1, 20));
  await using rig = await createRig({ clock, sandbox: { datasets: 60 } });
  await rig.run("full");
  const before = await daysOf(rig);
  rig.sandbox.account.create(3);
  await rig.service[Symbol.asyncDispose]();
  await clock.advance(50 * HOUR_MS);
  await using next = await createRig({
    ...{ clock, databaseUrl: rig.url },
    api: { baseUrl: new URL(rig.sandbox.url) },
  });
  next.service.start();
  await next.service.idle();
  const created = Number(/created (\d+)/.exec(before[0] ?? "")?.[1]);
  expect(before).toEqual([`2026-03-01 live 60 created ${created} gone 0`]);
  expect((await daysOf(next))[0]).toBe(`2026-03-01 live 63 created ${created + 3} gone 0`);
  expect((await daysOf(next)).map((day) => day.slice(0, 10))).not.toContain("2026-03-02");
});

test("sync writes them as well", async () => {
  await using rig = await createRig({ sandbox: { datasets: 60 } });
  const done = await runProgram(["sync", "--full"], {
    APIFY_TOKEN: rig.sandbox.token,
    APIFY_API_BASE_URL: rig.sandbox.url,
    DATABASE_URL: rig.url,
  });
  expect(done.code, done.stderr).toBe(0);
  expect(await daysOf(rig)).toHaveLength(1);
});
