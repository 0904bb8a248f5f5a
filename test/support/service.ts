import { toConfig } from "../../src/config.ts";
import { openService } from "../../src/daemon.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/start.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { createTestDatabase } from "./postgres.ts";
import { silentLog } from "./silent-log.ts";

export interface TestService extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  get(path: string): Promise<Response>;
}

/** The whole service as `start` builds it, with a tick a second, on an account and, unless one is given, a database of the test's own. */
export async function startTestService(options: SandboxOptions, database?: string): Promise<TestService> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox(options));
  const databaseUrl = database ?? stack.use(await createTestDatabase()).url;
  const env = {
    APIFY_TOKEN: sandbox.token,
    APIFY_API_BASE_URL: sandbox.url,
    DATABASE_URL: databaseUrl,
    HTTP_PORT: "0",
    SYNC_CRON: "* * * * * *",
  };
  const host = {
    readFile: () => "",
    platform: process.platform,
    uid: 1,
    homedir: "/",
    cwd: "/",
    isTerminal: false,
  };
  const config = toConfig(env, { token: true }, host);
  const signal = new AbortController().signal;
  const around = { clock: systemClock, random: systemRandom, log: silentLog, host: process, signal };
  const service = stack.use(await openService(config, around));
  const owned = stack.move();
  return {
    sandbox,
    databaseUrl,
    get: (path) => fetch(new URL(path, service.url)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
