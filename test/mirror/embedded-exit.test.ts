import { once } from "node:events";

import { expect, test, vi } from "vitest";

import { ask, createTestHome, open, openInChild } from "../support/embedded.ts";

test.each(["out-of-memory", "throw", "exit-while-starting"] as const)(
  "no server stays behind when the process that started it ends by: %s",
  async (end) => {
    await using home = await createTestHome();
    await using child = openInChild(home, { end });
    await vi.waitFor(async () => expect(await home.postmasterPid()).toBeDefined(), {
      interval: 5,
      timeout: 30_000,
    });
    await once(child.process, "exit");
    await home.stopped();
  },
);

test("no server stays behind when the process that started it is killed with -9", async () => {
  await using home = await createTestHome();
  await using child = openInChild(home);
  const { url } = await child.opened();
  child.process.kill("SIGKILL");
  await home.stopped();
  await using db = await open(home);
  expect(new URL(db.url).password).toBe(new URL(url).password);
  expect(await ask(db.url, "select 1")).toBe(1);
});

test("a server that other processes use stays when the one that started it is killed with -9", async () => {
  await using home = await createTestHome();
  await using starter = openInChild(home);
  await starter.opened();
  await using other = openInChild(home);
  const { url } = await other.opened();
  const pid = await home.postmasterPid();
  starter.process.kill("SIGKILL");
  await once(starter.process, "exit");
  const watchers = "select count(*)::int from pg_locks where locktype = 'advisory' and not granted";
  await expect.poll(() => ask(url, watchers)).toBe(1);
  expect(await home.postmasterPid()).toBe(pid);
  other.process.kill("SIGKILL");
  await home.stopped();
});
