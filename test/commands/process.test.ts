import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { startSandbox } from "../../src/sandbox/start.ts";
import { createTestHome } from "../support/embedded.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startProcess, startProgram } from "../support/process.ts";

const ROOT = join(import.meta.dirname, "../..");
const [BIN, MAIN] = [join(ROOT, "src/bin.ts"), join(ROOT, "src/main.ts")];

test("a Node that is too old is refused before the program is loaded, and where to get another is said", async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions, "node", { value: "22.9.0" })`;
  const { code, stderr } = await startProcess([process.execPath, "--import", pretend, BIN, "--help"], {})
    .ended;
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/22\.9\.0.*24 or newer[^]*nodejs\.org/),
  });
  const current = await startProcess([process.execPath, BIN, "--version"], {}).ended;
  expect(current).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("a .env that is a folder ends any command with 2 and one sentence", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-test-"));
  try {
    await mkdir(join(folder, ".env"));
    const ended = await startProgram(["status"], {}, folder).ended;
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(".env: found a folder, expected"),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(process.platform === "win32")("a reader that goes away is no failure of a command", async () => {
  const script = `"$0" "$1" --help | true; echo "ended with \${PIPESTATUS[0]}"`;
  const ended = await startProcess(["bash", "-c", script, process.execPath, MAIN], {}).ended;
  expect(ended).toMatchObject({ stderr: "", stdout: "ended with 0\n" });
});

test.skipIf(!existsSync("/dev/full"))("output that could not be written is a failure", async () => {
  const script = `"$0" "$1" --version >/dev/full`;
  const { code, stderr } = await startProcess(["sh", "-c", script, process.execPath, MAIN], {}).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^.*cannot write to stdout: ENOSPC.*\n$/),
  });
});

test("a signal to npm stops the service that npm started", async () => {
  await using sandbox = await startSandbox({ datasets: 10 });
  await using database = await createTestDatabase();
  const env = { APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, DATABASE_URL: database.url };
  const npm = startProcess(["npm", "start"], { ...env, HTTP_PORT: "0", LOG_FORMAT: "json" }, ROOT);
  await npm.printed(/"run succeeded"/);
  npm.kill("SIGTERM");
  // The service holds the other end of npm's output: it has ended once that closes.
  expect((await npm.ended).stdout + (await npm.ended).stderr).toContain("stopping after the page in hand");
});

test.skipIf(!existsSync("/dev/full"))("a full disk behind the log does not stop the service", async () => {
  await using sandbox = await startSandbox({ datasets: 10 });
  await using database = await createTestDatabase();
  const env = { APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, DATABASE_URL: database.url };
  const script = `exec "$0" "$1" start 2>/dev/full`;
  const command = ["sh", "-c", script, process.execPath, MAIN];
  const service = startProcess(command, { ...env, HTTP_PORT: "0", SYNC_CRON: "* * * * * *" });
  await expect.poll(() => sandbox.requests.length, { timeout: 30_000 }).toBeGreaterThan(2);
  service.kill("SIGTERM");
  expect(await service.ended).toMatchObject({ code: 0 });
});

test.skipIf(process.platform === "win32").each([[[]], [["--disable-sigusr1"]]])(
  "SIGUSR1 opens no debugger in the service, flags %j",
  async (flags) => {
    await using sandbox = await startSandbox({ datasets: 10 });
    await using database = await createTestDatabase();
    const env = { APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, DATABASE_URL: database.url };
    const command = [process.execPath, ...flags, MAIN, "start"];
    const service = startProcess(command, {
      ...env,
      HTTP_PORT: "0",
      LOG_FORMAT: "json",
      SYNC_CRON: "* * * * * *",
    });
    await service.printed(/"run succeeded"/);
    service.kill("SIGUSR1");
    const before = sandbox.requests.length;
    await expect.poll(() => sandbox.requests.length, { timeout: 30_000 }).toBeGreaterThan(before);
    service.kill("SIGTERM");
    const { code, stdout, stderr } = await service.ended;
    expect({ code, output: stdout + stderr }).toEqual({
      code: 0,
      output: expect.not.stringContaining("Debugger"),
    });
  },
);

/** Throws in the middle of things, as a bug would. */
const CRASH = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2", () => { throw new Error("a bug") })',
)}`;

test.skipIf(process.platform === "win32").each([
  ["an uncaught error", ["SIGUSR2"], [1]],
  // Two of a kind could become one. Which one comes first is the system's choice.
  ["a second signal", ["SIGTERM", "SIGINT"], [143, 130]],
] as const)("%s leaves no embedded Postgres running", async (_, signals, codes) => {
  await using home = await createTestHome();
  await using sandbox = await startSandbox({ datasets: 10 });
  const env = { APIFY_TOKEN: sandbox.token, APIFY_API_BASE_URL: sandbox.url, DATA_DIR: home.dataDir };
  const command = [process.execPath, "--import", CRASH, MAIN, "start"];
  const service = startProcess(command, { ...env, EMBEDDED_PORT: "0", HTTP_PORT: "0", LOG_FORMAT: "json" });
  await service.printed(/"run succeeded"/);
  for (const signal of signals) service.kill(signal);
  expect(codes).toContain((await service.ended).code);
  await expect.poll(() => home.postmasterPid()).toBeUndefined();
});
