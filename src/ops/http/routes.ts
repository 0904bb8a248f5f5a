import type { FastifyInstance } from "fastify";

import { VERSION } from "../../version.ts";
import type { AccountWatch } from "../account-watch.ts";
import { cached } from "../cached.ts";
import type { HttpOptions } from "../http.ts";
import { renderPage } from "../page/document.ts";
import { pageReader } from "../page/page-data.ts";
import { reportJson } from "../status-report.ts";
import { maySee } from "./access.ts";

/** For machines: health, metrics, status. */
export function serveMachines(
  app: FastifyInstance,
  { watch, metrics, token }: Pick<HttpOptions, "watch" | "metrics" | "token">,
): void {
  // That this is answered at all says that the event loop turns; no database can make it untrue.
  app.get("/healthz", () => ({ alive: true, version: VERSION }));

  app.get("/readyz", async (request, reply) => {
    const { fresh, state, headline, cause, hint } = (await watch.observe()).verdict;
    // Causes name hosts and accounts.
    const why = maySee(request, token) ? { headline, cause, hint } : {};
    return reply.code(fresh ? 200 : 503).send({ ready: fresh, state, ...why });
  });

  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );

  app.get("/api/status", async (_request, reply) => {
    const { verdict, report } = await watch.observe();
    if (report !== null) return reply.type("application/json; charset=utf-8").send(reportJson(report));
    return reply.code(503).send(verdict);
  });
}

/** Milliseconds for which a page that was made is good enough for everybody else who asks. */
const PAGE_KEEP_MS = 1000;
const PAGE_WAIT_MS = 30_000;

/** For people: the page. */
export function servePage(app: FastifyInstance, watch: AccountWatch): void {
  const read = pageReader(watch);
  const render = cached({
    what: "make the page",
    read: async () => renderPage(await read()),
    clock: watch.options.clock,
    keepMs: PAGE_KEEP_MS,
    // Its time goes by in waiting for readings, each of which is kept by itself.
    restFactor: 0,
    waitMs: PAGE_WAIT_MS,
  });
  app.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").send(await render()));
}
