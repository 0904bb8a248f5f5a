import { randomUUID } from "node:crypto";

import { afterAll, describe, expect, inject, test, vi } from "vitest";

import { command } from "./engine.ts";

const IMAGE = inject("image") ?? "";
const [program = "", ...words] = inject("compose") ?? [];
const PATIENCE = { timeout: 120_000, interval: 500 };

describe.skipIf(IMAGE === "" || program === "")("compose.yaml", () => {
  const project = `mirrortest${randomUUID().slice(0, 8)}`;
  // Port 0: any free one. An empty token is none, whatever the shell of the developer holds.
  const env = { MIRROR_IMAGE: IMAGE, POSTGRES_PORT: "0", HTTP_PORT: "0", APIFY_TOKEN: "" };

  afterAll(() => compose("--profile", "demo", "down", "--volumes"));

  test("shows the mirror without a token, survives a stop with its data, and ends", async () => {
    await compose("--profile", "demo", "up", "--detach", "--no-build");
    await expectReady();
    expect(Number(await sql("select count(*) from apify.live_datasets"))).toBeGreaterThan(19_000);
    const seen = await sql("select min(first_seen_at) from apify.datasets");

    await compose("--profile", "demo", "stop");
    await compose("--profile", "demo", "up", "--detach", "--no-build");
    await expectReady();
    await vi.waitFor(
      async () =>
        expect(await sql("select count(*) > 1 from apify.sync_runs where status = 'succeeded'")).toBe("t"),
      PATIENCE,
    );
    expect(await sql("select min(first_seen_at) from apify.datasets")).toBe(seen);
    const bad = "status not in ('running', 'succeeded', 'interrupted')";
    expect(await sql(`select count(*) from apify.sync_runs where ${bad}`)).toBe("0");
    expect(await compose("exec", "-T", "mirror", "dataset-mirror", "status")).toContain("sandbox");
    expect(await compose("logs", "mirror")).toMatch(/status page: http:[^]*psql -U mirror/);
  });

  test("takes the token of the account when there is one", async () => {
    const account = { ...env, APIFY_TOKEN: "apify_api_of_a_test" };
    const text = await command(program, [...words, "--project-name", project, "config"], account);
    expect(text).toContain("APIFY_TOKEN: apify_api_of_a_test");
  });

  async function expectReady(): Promise<void> {
    const base = `http://${await compose("port", "mirror", "8080")}`;
    await vi.waitFor(async () => expect((await fetch(`${base}/readyz`)).status).toBe(200), PATIENCE);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  }

  function compose(...args: string[]): Promise<string> {
    return command(program, [...words, "--project-name", project, ...args], env);
  }

  function sql(statement: string): Promise<string> {
    return compose("exec", "-T", "postgres", "psql", "-U", "mirror", "-Atc", statement);
  }
});
