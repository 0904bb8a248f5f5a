import type { Clock } from "../../src/core/clock.ts";
import { watchAccount } from "../../src/ops/account-watch.ts";
import { startHttp } from "../../src/ops/http.ts";
import type { HttpOptions } from "../../src/ops/http.ts";
import { createMetrics } from "../../src/ops/metrics.ts";
import { openDatabase } from "../../src/mirror/database.ts";
import { ManualClock } from "./clock.ts";
import { captureLog } from "./log.ts";
import type { CapturedLog } from "./log.ts";
import { DAWN, SOURCE, openMirror } from "./mirror.ts";
import type { TestMirror } from "./mirror.ts";
import { startProxy } from "./proxy.ts";
import type { Proxy } from "./proxy.ts";

/** Status page, health and metrics of an account whose runs a test makes by hand. */
export interface Web<Time extends Clock = ManualClock> extends AsyncDisposable {
  readonly url: string;
  readonly clock: Time;
  readonly mirror: TestMirror;
  /** The way to the database. */
  readonly wire: Proxy;
  readonly log: CapturedLog;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

export const STALE_MS = 180_000;
const UNPROVEN_MS = 3 * 3_600_000;
export const PSQL = 'psql "postgres://mirror@127.0.0.1:54329/mirror"';

export type WebOptions = Partial<Pick<HttpOptions, "host" | "allowedHosts" | "token" | "api">>;

/** On a clock that the test moves. */
export function openWeb(options: WebOptions = {}): Promise<Web> {
  return openWebOn(new ManualClock({ now: DAWN }), options);
}

export async function openWebOn<Time extends Clock>(
  clock: Time,
  options: WebOptions = {},
): Promise<Web<Time>> {
  await using stack = new AsyncDisposableStack();
  const mirror = stack.use(await openMirror());
  const wire = stack.use(await startProxy(new URL(mirror.url)));
  const throughWire = new URL(mirror.url);
  throughWire.host = `127.0.0.1:${wire.port}`;
  const database = stack.use(openDatabase(throughWire.href));
  const log = captureLog();
  const watch = watchAccount({
    ...{ database, source: SOURCE, holder: "this process", clock },
    ...{ staleMs: () => STALE_MS, unprovenMs: () => UNPROVEN_MS, isEmbedded: false, psql: PSQL },
    nextFullPass: () => clock.now() + 3_600_000,
  });
  const http = stack.use(
    await startHttp({
      ...{ host: "127.0.0.1", port: 0, allowedHosts: [], token: undefined, ...options },
      ...{ watch, metrics: createMetrics(watch), log: log.log },
    }),
  );
  const owned = stack.move();
  return {
    ...{ url: http.url, clock, mirror, wire, log },
    get: (path, init) => fetch(new URL(path, http.url), init),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
