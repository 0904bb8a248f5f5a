import { fastify } from "fastify";
import type { FastifyInstance } from "fastify";

import { OperatorError, codeOf, messageOf } from "../core/errors.ts";
import { isLoopback } from "../core/loopback.ts";
import type { AccountWatch } from "./account-watch.ts";
import { serveAssets } from "./http/assets.ts";
import { isReading, namesLoopback, secure } from "./http/headers.ts";
import { serveMachines, servePage } from "./http/routes.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly watch: AccountWatch;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

export interface HttpServer extends AsyncDisposable {
  /** Where a browser on this machine finds the page, with a slash at its end. */
  readonly url: string;
}

/** One request, until its head is read; nothing sends a body here. */
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 256;

/** The operator's side of the service: read-only, and without login, so on loopback unless told otherwise. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, watch, metrics, log } = options;
  const app = fastify({
    ...{ forceCloseConnections: true, requestTimeout: REQUEST_TIMEOUT_MS, bodyLimit: 1024 },
    // The router answers what it cannot decode itself, past every hook.
    rewriteUrl: ({ url = "/" }) => (isDecodable(url) ? url : "/nothing"),
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  guard(app, isLoopback(host));
  answerErrors(app, log);
  await serveAssets(app);
  serveMachines(app, watch, metrics);
  servePage(app, watch);
  await listen(app, host, port);
  const url = urlOf(app, host);
  log.info({ url }, "status page, health and metrics are served");
  if (!isLoopback(host)) {
    log.warn({ host }, "the status page has no login: whoever reaches this address can read it");
  }
  let closing: Promise<void> | undefined;
  return { url, [Symbol.asyncDispose]: () => (closing ??= app.close()) };
}

function isDecodable(url: string): boolean {
  try {
    return decodeURI(url) !== "";
  } catch {
    return false;
  }
}

function guard(app: FastifyInstance, isLocal: boolean): void {
  app.addHook("onRequest", async (request, reply) => {
    secure(reply);
    if (isLocal && !namesLoopback(request)) {
      return reply.code(421).send({ error: "this server answers to localhost only" });
    }
    if (!isReading(request)) {
      return reply.code(405).header("allow", "GET, HEAD").send({ error: "only GET and HEAD are answered" });
    }
    return undefined;
  });
}

function answerErrors(app: FastifyInstance, log: HttpOptions["log"]): void {
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "there is nothing here" }));
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status < 500) return reply.code(status).send({ error: "the request is malformed" });
    log.error({ err: error, path: request.routeOptions.url }, "a request could not be answered");
    return reply.code(500).send({ error: "something went wrong; see the log" });
  });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new OperatorError(`cannot serve HTTP on ${host}:${port}: ${messageOf(error)}`, {
      hint:
        code === "EADDRINUSE"
          ? "Another program uses the port: stop it, or set HTTP_PORT to another one (0: any free one)."
          : "Check HTTP_HOST and HTTP_PORT.",
      cause: error,
    });
  }
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const name = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  return `http://${name}:${port}/`;
}
