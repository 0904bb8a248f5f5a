import type { Config } from "../config.ts";
import { holderName } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { watchAccount } from "../ops/account-watch.ts";
import { startHttp } from "../ops/http.ts";
import type { HttpServer } from "../ops/http.ts";
import { createMetrics } from "../ops/metrics.ts";
import { spanOfTicks, staleAfterMs } from "../sync/freshness.ts";
import { openReadApi } from "./read-api.ts";

/** The read API and the pages of a mirror that another process fills: no lease, no migration, no write. */
export async function openReader(
  config: Config,
  store: MirrorStore,
  context: ProcessContext,
): Promise<HttpServer> {
  const { clock, log } = context;
  await using stack = new AsyncDisposableStack();
  const watch = watchAccount({
    ...{ database: store.database, source: config.source.name, clock },
    holder: holderName(context),
    staleMs: staleAfterMs(config.sync.cron),
    unprovenMs: spanOfTicks(config.sync.fullCron, 3),
    isEmbedded: store.embedded !== null,
  });
  const metrics = createMetrics(watch);
  const api = openReadApi(stack, config, store.url, context);
  const { url } = stack.use(await startHttp({ ...config.http, watch, metrics, log, api }));
  const owned = stack.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
