import { fastify } from "fastify";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";

import { PATH_PARAM_MAX } from "../apify/contract.ts";
import type { Clock } from "../core/clock.ts";
import { OperatorError, codeOf, messageOf } from "../core/errors.ts";
import { isLoopback } from "../core/loopback.ts";
import type { AccountWatch } from "./account-watch.ts";
import { serveAssets } from "./http/assets.ts";
import { isAllowedHost, maySee } from "./http/access.ts";
import { limitConnections } from "./http/connections.ts";
import { isReading, secure } from "./http/headers.ts";
import { createPace } from "./http/pace.ts";
import { serveMachines, servePage } from "./http/routes.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What is served to whom. */
export interface SiteOptions {
  /** Names in a Host header, in lower case, besides loopback names and IP addresses. */
  readonly allowedHosts: readonly string[];
  /** What another machine needs for all but health; undefined: nothing. */
  readonly token: string | undefined;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly clock: Clock;
  /** The read API, which answers in a form of its own and asks for a token of its own; undefined where it is off. */
  readonly api?: FastifyPluginAsync | undefined;
  /** What the guard lets through. */
  readonly serve: (app: FastifyInstance) => void;
}

interface Listen {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface HttpOptions extends Listen, Omit<SiteOptions, "clock" | "serve"> {
  readonly watch: AccountWatch;
  readonly metrics: Metrics;
}

export interface HttpServer extends AsyncDisposable {
  /** Where a browser on this machine finds the page, with a slash at its end. */
  readonly url: string;
}

/** Milliseconds: one request, since nothing sends a body here; and a connection that asks for nothing. */
const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5000;
const CHECKED_EVERY_MS = 1000;
const CONNECTIONS = { total: 256, perAddress: 32 };
/** Where the read API is served: a reverse proxy is one address for all its clients. */
const API_CONNECTIONS = { total: 512, perAddress: 256 };

/** The operator's side of the service: read-only; open to this machine, to others as the options say. */
export function startHttp(options: HttpOptions): Promise<HttpServer> {
  return listenHttp({ ...options, ...accountSite(options) });
}

/** Pages, health, status and metrics of one account. */
export function accountSite(
  options: Pick<HttpOptions, "watch" | "metrics" | "token">,
): Pick<SiteOptions, "clock" | "serve"> {
  return {
    clock: options.watch.options.clock,
    serve(app) {
      serveMachines(app, options);
      servePage(app, options.watch);
    },
  };
}

/** Serves a site until it is disposed. */
export async function listenHttp(options: SiteOptions & Listen): Promise<HttpServer> {
  const { host, port, log, api } = options;
  const app = await createSite(options);
  limitConnections(app.server, api === undefined ? CONNECTIONS : API_CONNECTIONS);
  await listen(app, host, port);
  const url = urlOf(app, host);
  log.info({ url }, "status page, health and metrics are served");
  if (!isLoopback(host) && options.token === undefined) {
    log.warn({ host }, "anyone who reaches this address can read page, status and metrics: set HTTP_TOKEN");
  }
  let closing: Promise<void> | undefined;
  return { url, [Symbol.asyncDispose]: () => (closing ??= app.close()) };
}

/** A site that does not listen yet. */
export async function createSite(options: SiteOptions): Promise<FastifyInstance> {
  const { log, api } = options;
  const app = fastify({
    ...{ forceCloseConnections: true, requestTimeout: REQUEST_TIMEOUT_MS, bodyLimit: 1024 },
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_PARAM_MAX },
    http: { headersTimeout: IDLE_TIMEOUT_MS, connectionsCheckingInterval: CHECKED_EVERY_MS },
    // The router answers what it cannot decode itself, past every hook.
    rewriteUrl: ({ url = "/" }) => (isDecodable(url) ? url : "/nothing"),
  });
  // Before the guard, which is for the pages: hooks apply to what is registered after them.
  if (api !== undefined) await app.register(api);
  guard(app, options);
  answerErrors(app, log);
  await serveAssets(app);
  options.serve(app);
  return app;
}

function isDecodable(url: string): boolean {
  try {
    return decodeURI(url) !== "";
  } catch {
    return false;
  }
}

function guard(app: FastifyInstance, { allowedHosts, token, clock }: SiteOptions): void {
  const pace = createPace(clock);
  app.addHook("onRequest", async (request, reply) => {
    secure(reply);
    if (!isAllowedHost(request, allowedHosts)) {
      const error = "this server does not answer to that name: list it in HTTP_ALLOWED_HOSTS";
      return reply.code(421).send({ error });
    }
    if (!isReading(request)) {
      return reply.code(405).header("allow", "GET, HEAD").send({ error: "only GET and HEAD are answered" });
    }
    const { url } = request.routeOptions;
    if (url === "/healthz") return undefined;
    if (!(await pace(request.socket.remoteAddress ?? ""))) {
      return reply.code(429).header("retry-after", "10").send({ error: "too many requests" });
    }
    if (url === "/readyz" || maySee(request, token)) return undefined;
    const challenge = 'Basic realm="apify-dataset-mirror", charset="UTF-8"';
    return reply
      .code(401)
      .header("www-authenticate", challenge)
      .send({ error: "HTTP_TOKEN is needed, as a bearer token or as the password of any user" });
  });
}

function answerErrors(app: FastifyInstance, log: SiteOptions["log"]): void {
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
