import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { getContainerRuntimeClient } from "testcontainers";

import { messageOf } from "../../src/core/errors.ts";
import { openEmbedded } from "../../src/mirror/embedded.ts";
import { silentLog } from "./silent-log.ts";

export interface PostgresServer extends AsyncDisposable {
  /** Of a superuser, in a database that exists. */
  readonly url: string;
  readonly description: string;
}

/** Data of tests need not outlive a power cut. */
const SETTINGS = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"];
const CONTAINER_START_MS_MAX = 120_000;

/**
 * The server of a test run, as TEST_POSTGRES says: `embedded`, `testcontainers` or the URL of one that runs; unset: a
 * container where a Docker engine answers, else embedded.
 */
export async function startTestServer(
  env: Readonly<Record<string, string | undefined>>,
): Promise<PostgresServer> {
  const choice = env["TEST_POSTGRES"] ?? "";
  const image = env["TEST_POSTGRES_IMAGE"] || "postgres:18";
  if (/^postgres(ql)?:\/\//.test(choice)) {
    return { url: choice, description: "TEST_POSTGRES", [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (choice === "embedded") return startEmbedded();
  if (choice === "testcontainers") return startContainer(image);
  if (choice !== "")
    throw new Error("TEST_POSTGRES is neither embedded, testcontainers nor a postgres:// URL");
  if (!(await hasDocker())) return startEmbedded();
  try {
    return await startContainer(image);
  } catch (error) {
    console.warn(`Docker answers but ${image} did not start; embedded Postgres instead: ${messageOf(error)}`);
    return startEmbedded();
  }
}

async function hasDocker(): Promise<boolean> {
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

async function startContainer(image: string): Promise<PostgresServer> {
  const container = await new PostgreSqlContainer(image)
    .withCommand(["postgres", ...SETTINGS.flatMap((setting) => ["-c", setting])])
    .withStartupTimeout(CONTAINER_START_MS_MAX)
    .start();
  return {
    url: container.getConnectionUri(),
    description: `container of ${image}`,
    async [Symbol.asyncDispose]() {
      await container.stop();
    },
  };
}

async function startEmbedded(): Promise<PostgresServer> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-test-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  // As root the server runs as another account, which has to get in.
  await chmod(folder, 0o711);
  const database = stack.use(
    await openEmbedded({
      dataDir: join(folder, "data"),
      host: "127.0.0.1",
      port: 0,
      log: silentLog,
      parent: process,
      signal: new AbortController().signal,
      settings: SETTINGS,
    }),
  );
  const owned = stack.move();
  return {
    url: database.adminUrl,
    description: "embedded",
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
