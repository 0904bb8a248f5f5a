import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { openQueues } from "../../src/fleet/queues.ts";
import type { Queues } from "../../src/fleet/queues.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { startTestCluster } from "../support/cluster.ts";
import type { TestCluster } from "../support/cluster.ts";
import { query } from "../support/query.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster(["log_statement=all", "log_line_prefix=%p %a|"]);
});
afterAll(() => cluster[Symbol.asyncDispose]());

interface Scene extends AsyncDisposable {
  readonly url: string;
  readonly errors: unknown[];
  open(): Promise<Queues>;
}

async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const { url } = await cluster.createDatabase();
  const errors: unknown[] = [];
  const owned = stack.move();
  return {
    ...{ url, errors },
    async open() {
      const { db } = owned.use(openDatabase(url));
      return owned.use(await openQueues(db, (error) => errors.push(error)));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const NOW = Date.UTC(2026, 10, 25);
const job = (source: string, at = NOW) => ({ source, kind: "incremental" as const, isNeeded: false, at });

test("several processes open them at once; what came due first goes first, each once", async () => {
  await using scene = await openScene();
  const [one, other] = await Promise.all([scene.open(), scene.open(), scene.open()]);
  await one.send("quick", [job("late", NOW + 1000), job("early", NOW - 60_000), job("on time")]);
  await other.send("quick", [job("early"), job("late")]);
  const done: string[] = [];
  await other.work("quick", async ({ source }) => void done.push(source));
  await vi.waitFor(() => expect(done).toEqual(["early", "on time", "late"]), 10_000);
  await one.send("slow", [job("again"), job("again")]);
  await one.work("slow", async ({ source }) => void done.push(source));
  await vi.waitFor(() => expect(done.slice(3)).toEqual(["again"]), 10_000);
  expect(scene.errors).toEqual([]);
});

test("while a pass runs one more of its kind may wait, and none runs beside it", async () => {
  await using scene = await openScene();
  const queues = await scene.open();
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const begun: string[] = [];
  for (const worker of ["a", "b"]) {
    await queues.work("quick", async ({ source }) => {
      begun.push(`${worker} ${source}`);
      if (source === "long") await end;
    });
  }
  await queues.send("quick", [job("long", NOW)]);
  await vi.waitFor(() => expect(begun).toHaveLength(1), 10_000);
  await queues.send("quick", [job("long"), job("other", NOW + 1)]);
  await vi.waitFor(() => expect(begun).toHaveLength(2), 10_000);
  expect(begun[1]).toContain("other");
  resolve();
  await vi.waitFor(() => expect(begun).toHaveLength(3), 10_000);
  expect(begun[2]).toContain("long");
});

test("one process at a time is elected, and another when it has ended", async () => {
  await using scene = await openScene();
  const ends: Array<() => void> = [];
  for (const queues of [await scene.open(), await scene.open()]) {
    await queues.elect(() => new Promise((resolve) => ends.push(() => resolve())));
    await queues.nominate();
    await queues.nominate();
  }
  const queues = await scene.open();
  await vi.waitFor(() => expect(ends).toHaveLength(1), 10_000);
  ends[0]?.();
  await vi.waitFor(async () => {
    await queues.nominate();
    expect(ends).toHaveLength(2);
  }, 10_000);
  ends[1]?.();
});

test("a job whose process died gives way within 30 s", { timeout: 60_000 }, async () => {
  await using scene = await openScene();
  const queues = await scene.open();
  await queues.send("quick", [job("a")]);
  // As a process leaves it that was killed: taken, and no sign of life since.
  await query(
    scene.url,
    `update apify_fleet.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '10 s'`,
  );
  const done: string[] = [];
  await queues.work("quick", async ({ source }) => void done.push(source));
  await queues.send("quick", [job("a")]);
  await vi.waitFor(() => expect(done).toEqual(["a"]), 30_000);
});

test("every statement runs under the mirror's settings, and none warns", async () => {
  const log = await cluster.log();
  const lines = [...log.matchAll(/^(\d+) apify-dataset-mirror\|LOG: {2}(?:statement|execute [^:]*): (.*)/gm)];
  const texts = lines.map(([, connection = "", text = ""]) => ({ connection, text: text.trim() }));
  expect(texts.some(({ text }) => text.includes("apify_fleet.job"))).toBe(true);
  const isPinned = new Set<string>();
  const loose = texts.filter(({ connection, text }) => {
    if (/^begin [^;]*; set local search_path = pg_catalog, pg_temp;/.test(text)) isPinned.add(connection);
    const isFine = isPinned.has(connection);
    if (/^(commit|rollback)$/i.test(text)) isPinned.delete(connection);
    return !isFine;
  });
  expect(loose).toEqual([]);
  expect(log).not.toMatch(/apify-dataset-mirror\|WARNING/);
});

test("a schema of that name with other things in it is refused", async () => {
  await using scene = await openScene();
  await query(scene.url, "create schema apify_fleet create table ships (name text)");
  await expect(scene.open()).rejects.toThrow("a schema apify_fleet that is not the mirror's");
});
