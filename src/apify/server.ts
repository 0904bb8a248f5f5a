/** The reading end-points of the list of datasets, the same for the sandbox and for the mirror. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "./access.ts";
import { CORS, MESSAGES, METHODS, PATHS, REFUSALS, querySchema } from "./contract.ts";
import type { ErrorBody, Query, User } from "./contract.ts";

/** A page of the list: the envelope's fields, and the items as JSON with commas between them. */
export interface Listing {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly desc: boolean;
  readonly unnamed: boolean;
  readonly count: number;
  readonly items: Buffer | string;
}

/** Whose datasets are served; `request` lets an account depend on the path and answer with headers of its own. */
export interface ServedAccount {
  /** Null if the client has the page already, as its If-None-Match says. */
  list(query: Query, request: FastifyRequest, reply: FastifyReply): Listing | null | Promise<Listing | null>;
  /** One dataset as JSON, by its id or by `username~name`; null if there is none. */
  get(id: string, request: FastifyRequest, reply: FastifyReply): string | null | Promise<string | null>;
  /** The account that the token belongs to; null if it is not known. */
  owner(request: FastifyRequest, reply: FastifyReply): User | null | Promise<User | null>;
}

export interface ServerOptions {
  readonly account: ServedAccount;
  readonly authorize: (token: string, request: FastifyRequest) => Access;
  /** Has the last word on a page before it is written. */
  readonly alter?: (page: Listing, request: FastifyRequest) => Listing;
  /** Is told of an error that is answered with 500. */
  readonly onError?: (error: unknown, request: FastifyRequest) => void;
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

/** The refusal that the API documents for a status. */
export function refuse(
  status: keyof typeof REFUSALS,
  message: string = MESSAGES[status],
  headers: Record<string, string> = {},
): Refusal {
  return new Refusal(status, REFUSALS[status], message, headers);
}

const SERVED = /\/v2\/(?:datasets(?:\/[^/]+)?|users\/[^/]+)$/;

/** Serves the end-points on a fastify instance whose prefix ends in `/v2`, and refuses everything else as the API does. */
export function serveDatasets(app: FastifyInstance, options: ServerOptions): void {
  const { account, alter = (page) => page } = options;
  answerErrors(app, options.onError);
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(CORS);
    // The router takes an empty id for one, too.
    if (!SERVED.test(pathOf(request))) throw unknownPath(request);
    if (request.method === "OPTIONS") return reply.code(204).header("allow", METHODS).send();
    if (request.method !== "GET") throw refuse(405, undefined, { allow: METHODS });
    refuseStranger(request, options);
    return undefined;
  });
  app.get(PATHS.list, { exposeHeadRoute: false }, async (request, reply) => {
    const page = await account.list(parseQuery(request.query), request, reply);
    if (page === null) return reply.code(304).send();
    return json(reply, writeListing(alter(page, request)));
  });
  app.get<{ Params: { id: string } }>(PATHS.dataset, { exposeHeadRoute: false }, async (request, reply) => {
    const found = await account.get(request.params.id, request, reply);
    if (found === null) throw refuse(404, "Dataset was not found.");
    return json(reply, `{"data":${found}}`);
  });
  app.get<{ Params: { id: string } }>(PATHS.user, { exposeHeadRoute: false }, async (request, reply) => {
    const { id } = request.params;
    const user = await account.owner(request, reply);
    if (user === null || !["me", user.id, user.username].includes(id))
      throw refuse(404, "User was not found.");
    return json(reply, JSON.stringify({ data: user }));
  });
}

/** Answers errors and unknown paths of an instance in the API's form. */
export function answerErrors(app: FastifyInstance, onError: ServerOptions["onError"] = () => {}): void {
  app.setNotFoundHandler((request) => {
    throw unknownPath(request);
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof Refusal) {
      return reply.code(error.statusCode).headers(error.headers).send(bodyOf(error.type, error.message));
    }
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status >= 400 && status < 500) {
      return reply.code(status).send(bodyOf(REFUSALS[400], "The request is malformed."));
    }
    onError(error, request);
    return reply.code(500).send(bodyOf("internal-server-error", "There was an internal server error."));
  });
}

function json(reply: FastifyReply, body: Buffer | string): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(body);
}

/** The envelope as JSON, its keys in the API's order. */
function writeListing({ items, ...envelope }: Listing): Buffer | string {
  const head = `{"data":${JSON.stringify(envelope).slice(0, -1)},"items":[`;
  if (typeof items === "string") return `${head}${items}]}}`;
  return Buffer.concat([Buffer.from(head), items, Buffer.from("]}}")]);
}

function parseQuery(query: unknown): Query {
  const parsed = querySchema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw refuse(400, `Invalid query parameters: ${problems.join("; ")}`);
}

function unknownPath(request: FastifyRequest): Refusal {
  return new Refusal(404, "page-not-found", `There is no API end-point at ${pathOf(request)}.`);
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?", 1)[0] ?? "";
}

function refuseStranger(request: FastifyRequest, { authorize }: ServerOptions): void {
  const token = tokenOf(request);
  if (token === undefined) {
    throw new Refusal(401, "token-not-provided", "Authentication token was not provided.");
  }
  const access = authorize(token, request);
  if (access === "unknown") throw refuse(401);
  if (access === "denied") throw refuse(403);
}

/** The header is what counts when both are sent. */
function tokenOf({ headers, query }: FastifyRequest): string | undefined {
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  const given: unknown = Object(query).token;
  return typeof given === "string" && given !== "" ? given : undefined;
}

function bodyOf(type: string, message: string): ErrorBody {
  return { error: { type, message } };
}
