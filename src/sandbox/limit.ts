import type { FastifyInstance } from "fastify";
import { refuse } from "../apify/server.ts";
import type { Clock } from "../core/clock.ts";
import { Bucket } from "./bucket.ts";

/** Apify's limit for a resource, requests a second; sent where none is set. */
const APIFY_LIMIT = 60;

/** Read for each request, so they may change while the server runs. */
export interface RequestLimits {
  /** Requests a second; above it the answer is 429. Default: no limit. */
  rate?: number | undefined;
  /** Seconds sent in Retry-After with a 429. Default: the header is not sent. */
  retryAfter?: number | undefined;
}

/** Limits all requests together, and sends the limit and the time as the API does, by the sandbox's clock. */
export function limitRequests(app: FastifyInstance, clock: Clock, limits: RequestLimits): void {
  const bucket = new Bucket();
  app.addHook("onSend", async (_request, reply) => {
    void reply.header("date", new Date(clock.now()).toUTCString());
    void reply.header("x-ratelimit-limit", String(limits.rate ?? APIFY_LIMIT));
  });
  app.addHook("onRequest", async () => {
    const { rate, retryAfter } = limits;
    if (rate === undefined || bucket.take(rate, clock.now())) return;
    throw refuse(429, undefined, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
  });
}
