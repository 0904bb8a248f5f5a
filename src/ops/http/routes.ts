import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { VERSION } from "../../version.ts";
import type { AccountWatch } from "../account-watch.ts";
import { readiness } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import { liveSections, renderDocument } from "../page/document.ts";
import { pageReader } from "../page/page-data.ts";
import { LiveFeed } from "./live-feed.ts";

/** For machines: health, metrics, status. */
export function serveMachines(app: FastifyInstance, watch: AccountWatch, metrics: Metrics): void {
  // That this is answered at all says that the event loop turns; no database can make it untrue.
  app.get("/healthz", () => ({ alive: true, version: VERSION }));

  app.get("/readyz", async (_request, reply) => {
    const state = readiness(await watch.observe());
    return reply.code(state.ready ? 200 : 503).send(state);
  });

  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );

  app.get("/api/status", async (_request, reply) => {
    const seen = await watch.observe();
    if (seen.known) return seen.report;
    return reply.code(503).send({ error: seen.reason, hint: seen.hint });
  });
}

/** For people: the page, and what keeps it up to date. */
export function servePage(app: FastifyInstance, watch: AccountWatch): LiveFeed {
  const readPage = pageReader(watch);
  const feed = new LiveFeed({
    clock: watch.options.clock,
    async look() {
      const data = await readPage();
      const isBusy = data.seen.known && data.seen.report.runs[0]?.status === "running";
      return { frame: liveSections(data), now: data.now, isBusy };
    },
  });
  app.get("/", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(renderDocument(await readPage())),
  );
  app.get("/api/events", (request, reply) => openStream(request, reply, feed));
  return feed;
}

function openStream(request: FastifyRequest, reply: FastifyReply, feed: LiveFeed): FastifyReply {
  void reply.type("text/event-stream");
  if (request.method === "HEAD") return reply.send();
  if (feed.isFull) {
    return reply
      .code(503)
      .type("application/json")
      .header("retry-after", "30")
      .send({ error: "too many pages are open" });
  }
  reply.hijack();
  const head = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
  reply.raw.writeHead(200, Object.fromEntries(head));
  feed.join(reply.raw);
  return reply;
}
