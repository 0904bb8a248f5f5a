import { expect, test, vi } from "vitest";

import { openFleetWorld, pagesOf } from "../support/fleet.ts";
import type { FleetWorld } from "../support/fleet.ts";
import { runProgram } from "../support/process.ts";

const WAIT = { timeout: 30_000, interval: 200 };
const LIVE = "select source, live_rows::int as live from apify.freshness order by source";

async function expectLive(world: FleetWorld, live: Readonly<Record<string, number>>): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await world.ask<{ source: string; live: number }>(LIVE);
    expect(Object.fromEntries(rows.map((row) => [row.source, row.live]))).toEqual(live);
  }, WAIT);
}

test(
  "two processes mirror all accounts of the file; SIGTERM hands over, and both end with 0",
  { timeout: 90_000 },
  async () => {
    await using world = await openFleetWorld({
      a: { datasets: 30 },
      b: { datasets: 2500 },
      "c/d é": { datasets: 0 },
    });
    const [one, other] = [world.start(), world.start()];
    await expectLive(world, { a: 30, b: 2500, "c/d é": 0 });
    world.sandboxes.get("a")?.account.create(5);
    await expectLive(world, { a: 35, b: 2500, "c/d é": 0 });
    one.kill("SIGTERM");
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(await runProgram(["status"], world.env)).toMatchObject({
      stdout: expect.stringMatching(/^\d of 3 accounts are fresh\n\n.*account .*\n[^]* b .* 2 500 /),
    });
    expect((await runProgram(["status", "--account", "a"], world.env)).stdout).toMatch(/ {2}a\n/);
    expect(await runProgram(["sync", "--account", "z"], world.env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '--account: found "z", expected an account of ACCOUNTS_FILE: a, b, c/d é',
      ),
    });
    world.sandboxes.get("b")?.account.create(7);
    await expectLive(world, { a: 35, b: 2507, "c/d é": 0 });
    other.kill("SIGTERM");
    expect(await other.ended).toMatchObject({ code: 0 });
    expect(await world.ask("select name from apify.sources where lease_holder is not null")).toEqual([]);
    // SIGTERM may come in the middle of a run.
    const failed = await world.ask(
      "select * from apify.sync_runs where source <> 'c/d é' and status not in ('succeeded', 'interrupted')",
    );
    expect(failed).toEqual([]);
  },
);

test(
  "the file is read again when it changes and on SIGHUP; one that cannot be used changes nothing",
  { timeout: 120_000 },
  async () => {
    await using world = await openFleetWorld({ a: { datasets: 10 }, b: { datasets: 20 } });
    const [a, b] = world.entries;
    if (a === undefined || b === undefined) throw new Error("no entries");
    await world.writeAccounts([a]);
    const program = world.start();
    await expectLive(world, { a: 10 });
    await world.writeAccounts([b]);
    await expectLive(world, { a: 10, b: 20 });
    await world.writeAccounts([{ ...a, pageSize: 0 }]);
    await program.printed(/the accounts stay as they were/);
    expect(program.output()).toMatch(/account \\"a\\", pageSize: found \\"0\\"/);
    await world.writeAccounts([a, b]);
    program.kill("SIGHUP");
    world.sandboxes.get("a")?.account.create(1);
    await vi.waitFor(async () => {
      const [row] = await world.ask("select count(*)::int from apify.live_datasets where source = 'a'");
      expect(row).toEqual({ count: 11 });
    }, WAIT);
    expect(program.output()).not.toContain("token-of-account");
  },
);

test(
  "all accounts on one page, and each with its own page, status, readiness and read API",
  { timeout: 90_000 },
  async () => {
    await using world = await openFleetWorld(
      { a: { datasets: 10 }, "c/d é": { datasets: 20 } },
      { API_TOKEN: "readers-token" },
    );
    const program = world.start();
    await expectLive(world, { a: 10, "c/d é": 20 });
    await world.ask(
      "update apify.sync_runs set status = 'failed', error = 'it is <b>odd</b>: so it is' where source = 'a'",
    );
    const url = await pagesOf(program);
    const get = (path: string, init?: RequestInit) => fetch(new URL(path, url), init);
    await vi.waitFor(async () => {
      const page = await (await get("")).text();
      expect(page).toMatch(/href="accounts\/a\/"[^]*href="accounts\/c%2Fd%20%C3%A9\/"/);
    }, WAIT);
    expect(await (await get("?q=C/D")).text()).not.toContain('href="accounts/a/"');
    expect((await get("readyz")).status).toBe(200);
    expect(await (await get("api/status")).json()).toHaveLength(2);
    const own = await get("accounts/c%2Fd%20%C3%A9");
    expect(own.url).toMatch(/%C3%A9\/$/);
    expect(await own.text()).toContain("<bdi>c/d é</bdi>");
    expect((await get("accounts/c%2Fd%20%C3%A9/readyz")).status).toBe(200);
    expect(await (await get("accounts/a/api/status")).json()).toMatchObject({ source: "a", live_rows: 10 });
    expect((await get("accounts/a/assets/style.css")).status).toBe(200);
    expect((await get("accounts/nobody/")).status).toBe(404);
    expect((await get("accounts/a/v2/datasets")).status).toBe(401);
    const readers = { headers: { authorization: "Bearer readers-token" } };
    expect(await (await get("accounts/a/v2/datasets?unnamed=1", readers)).json()).toMatchObject({
      data: { total: 10 },
    });
    const metrics = await (await get("metrics")).text();
    expect(metrics).toMatch(/dataset_mirror_live_datasets\{source="c\/d é"\} 20\n/);
    expect(metrics).toMatch(/dataset_mirror_accounts\{state="fresh"\} [12]\n/);
  },
);
