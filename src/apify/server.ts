import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { Bucket } from "./bucket.ts";
import { DATASETS_PATH, REFUSALS, querySchema } from "./contract.ts";
import type { ErrorBody, Query } from "./contract.ts";

/** The rate Apify grants a resource, told where none is set. */
const RATE_TOLD = 60;

/** A page of the list on its way out: the envelope's fields, and the items as JSON with commas between them. */
export interface Listing {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly desc: boolean;
  readonly unnamed: boolean;
  readonly count: number;
  readonly items: Buffer;
}

/** Whose datasets are served. */
export interface ServedAccount {
  list(query: Query): Listing;
}

export interface ServerOptions {
  account: ServedAccount;
  clock: Clock;
  /** The bearer token that is let in. */
  token: string;
  /** Has the last word on a page before it is written. */
  alter?: (page: Listing, request: FastifyRequest) => Listing;
  /** Read anew for each request, so they may change while the server runs. */
  limits?: {
    /** Requests a second; above it the answer is 429. Default: no limit. */
    rate?: number | undefined;
    /** Seconds told in Retry-After with a 429. Default: the header is not sent. */
    retryAfter?: number | undefined;
  };
}

/** An answer that is not a page: a status with the API's type and message. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly statusCode: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, type: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.type = type;
    this.headers = headers;
  }
}

/** Adds `GET /v2/datasets` to a fastify instance, and refuses everything else as the API does. */
export function serveDatasets(
  app: FastifyInstance,
  { account, clock, token, alter, limits = {} }: ServerOptions,
): void {
  const bucket = new Bucket();

  app.setErrorHandler(answerError);
  app.addHook("onSend", async (_request, reply) => {
    reply.header("date", new Date(clock.now()).toUTCString());
    reply.header("x-ratelimit-limit", String(limits.rate ?? RATE_TOLD));
  });
  app.addHook("onRequest", async (request) => {
    refuseElsewhere(request);
    refuseStranger(request.headers.authorization, token);
    if (limits.rate !== undefined && !bucket.take(limits.rate, clock.now())) throw tooMany(limits.retryAfter);
  });
  app.get(DATASETS_PATH, { exposeHeadRoute: false }, (request, reply) => {
    const page = account.list(parseQuery(request.query));
    return reply.type("application/json; charset=utf-8").send(writeListing(alter?.(page, request) ?? page));
  });
}

/** The envelope as JSON, its keys in the API's order. */
function writeListing({ items, ...envelope }: Listing): Buffer {
  const head = `{"data":${JSON.stringify(envelope).slice(0, -1)},"items":[`;
  return Buffer.concat([Buffer.from(head), items, Buffer.from("]}}")]);
}

function parseQuery(query: unknown): Query {
  const parsed = querySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Refusal(400, REFUSALS[400], `Invalid query parameters: ${problems.join("; ")}`);
}

function refuseElsewhere(request: FastifyRequest): void {
  if (!request.is404) return;
  const path = request.url.split("?", 1)[0];
  if (path === DATASETS_PATH) {
    throw new Refusal(
      405,
      REFUSALS[405],
      `This API end-point can only be accessed using GET, not ${request.method}.`,
    );
  }
  throw new Refusal(404, "page-not-found", `We have bad news: there is no API end-point at ${path}.`);
}

function refuseStranger(authorization: string | undefined, token: string): void {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined)
    throw new Refusal(401, "token-not-provided", "Authentication token was not provided.");
  if (given !== token)
    throw new Refusal(401, REFUSALS[401], "User was not found or authentication token is not valid.");
}

function tooMany(retryAfter: number | undefined): Refusal {
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return new Refusal(429, REFUSALS[429], "You have exceeded the rate limit.", headers);
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof Refusal) {
    return reply.code(error.statusCode).headers(error.headers).send(bodyOf(error.type, error.message));
  }
  return reply.code(500).send(bodyOf("internal-server-error", messageOf(error)));
}

function bodyOf(type: string, message: string): ErrorBody {
  return { error: { type, message } };
}
