import type { Config } from "../config.ts";
import { holderName, watchMirror } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { startHttp } from "../ops/http.ts";
import type { HttpServer } from "../ops/http.ts";
import { createMetrics } from "../ops/metrics.ts";
import { openReadApi } from "./read-api.ts";

/** The read API and the pages of a mirror that another process fills: no lease, no migration, no write. */
export async function openReader(
  config: Config,
  store: MirrorStore,
  context: ProcessContext,
): Promise<HttpServer> {
  await using stack = new AsyncDisposableStack();
  const watch = watchMirror(config, store, context, holderName(context));
  const metrics = createMetrics(watch);
  const api = openReadApi(stack, config, store.url, context);
  const { url } = stack.use(await startHttp({ ...config.http, watch, metrics, log: context.log, api }));
  const owned = stack.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
