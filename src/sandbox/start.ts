import { fastify } from "fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { PATH_PARAM_MAX } from "../apify/contract.ts";
import { tokenCheck } from "../apify/access.ts";
import { openApiOf } from "../apify/openapi.ts";
import { answerErrors, serveDatasets } from "../apify/server.ts";
import type { Listing, ServedAccount } from "../apify/server.ts";
import type { Clock } from "../core/clock.ts";
import { seededRandom } from "../core/random.ts";
import { systemClock } from "../system.ts";
import { VERSION } from "../version.ts";
import { LivingAccount } from "./account.ts";
import type { AccountOptions } from "./account.ts";
import { disturbBody, disturbRequest } from "./disturb.ts";
import { Faults, parseFaults } from "./faults.ts";
import { limitRequests } from "./limit.ts";
import type { RequestLimits } from "./limit.ts";
import { recordRequests } from "./record.ts";
import type { RequestRecord } from "./record.ts";
import { tamper } from "./tamper.ts";

const HOST = "127.0.0.1";

export interface ServeOptions {
  /** Default: the system's clock. */
  clock?: Clock;
  /** Makes the faults repeatable. Default 1. */
  seed?: number;
  /** Default 0: a free one. */
  port?: number;
  /** Default `sandbox-token`. */
  token?: string;
  /** Milliseconds each page takes. Default 0. */
  latency?: number;
  /** Requests a second, 429 above. Default: no limit. */
  rate?: number;
  /** Seconds in Retry-After when the limit on requests is hit. Default: the header is not sent. */
  retryAfter?: number;
  /** What goes wrong, see `parseFaults`. Default: nothing. */
  faults?: string;
}

export type SandboxOptions = ServeOptions & Omit<AccountOptions, "clock">;

/** An account behind a real HTTP server on the loopback interface. */
export interface ServedSandbox extends AsyncDisposable {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly faults: Faults;
  /** Every request since the start; set its length to 0 to forget them. */
  readonly requests: RequestRecord[];
  /** May be changed while it runs. */
  readonly limits: RequestLimits;
}

export interface Sandbox extends ServedSandbox {
  readonly account: LivingAccount;
}

/** Serves a new living account; disposing it ends at once, whatever hangs. Throws an OperatorError for unreadable options. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const account = new LivingAccount({ ...options, clock: options.clock ?? systemClock });
  const served = await serveAccount(
    {
      list(query) {
        account.advance();
        return account.list(query);
      },
      get: (id) => account.get(id),
      owner: () => account.owner,
    },
    options,
  );
  return { ...served, account };
}

/** Serves any account as a sandbox does. */
export async function serveAccount(account: ServedAccount, options: ServeOptions): Promise<ServedSandbox> {
  const { port = 0, token = "sandbox-token", latency = 0, clock = systemClock, seed = 1 } = options;
  const faults = new Faults(seededRandom(~seed), clock.now());
  for (const [name, rate] of parseFaults(options.faults ?? "")) faults.set(name, rate);
  const limits: RequestLimits = { rate: options.rate, retryAfter: options.retryAfter };
  const requests: RequestRecord[] = [];
  const closing = new AbortController();

  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: PATH_PARAM_MAX } });
  const recordFor = recordRequests(app, clock, requests);
  if (latency > 0) app.addHook("onRequest", () => clock.sleep(latency, closing.signal));
  answerErrors(app);
  addFaults(app, faults, recordFor, () => clock.now());
  limitRequests(app, clock, limits);
  const alter = (page: Listing, request: FastifyRequest): Listing => {
    const fault = recordFor(request)?.fault ?? null;
    return fault === null ? page : tamper(page, fault, (bound) => faults.below(bound));
  };
  const authorize = tokenCheck(token);
  await app.register(async (api) => serveDatasets(api, { account, authorize, alter }), { prefix: "/v2" });
  const specification = openApiOf({ version: VERSION, moments: false });
  app.get("/openapi.json", { exposeHeadRoute: false }, () => specification);
  const url = await app.listen({ host: HOST, port });

  return {
    url,
    token,
    faults,
    requests,
    limits,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await app.close();
    },
  };
}

function addFaults(
  app: FastifyInstance,
  faults: Faults,
  recordFor: ReturnType<typeof recordRequests>,
  now: () => number,
): void {
  app.addHook("onRequest", async (request, reply) => {
    const record = recordFor(request);
    const fault = faults.draw(now());
    if (record === undefined || fault === null) return undefined;
    record.fault = fault;
    return disturbRequest(fault, { request, reply, faults, now: now() }) ? reply : undefined;
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const fault = recordFor(request)?.fault ?? null;
    if (fault === null || reply.statusCode !== 200 || !Buffer.isBuffer(payload)) return payload;
    return disturbBody(fault, payload, request, reply);
  });
}
