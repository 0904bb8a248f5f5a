import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { DATASETS_PATH } from "../apify/contract.ts";
import { Refusal, refuse } from "../apify/server.ts";
import type { FaultName } from "./fault-names.ts";
import type { Faults } from "./faults.ts";

const HUGE_BYTES = 66 * 1024 * 1024;
const BLANK = Buffer.alloc(64 * 1024, " ");
const HTML =
  "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Please stand by</h1></body></html>";

interface Victim {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly faults: Faults;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What a fault does instead of serving the page: throws an error, answers, or takes the connection over. Returns false if
 * the fault is of another kind, and the page is served.
 */
export function disturbRequest(fault: FaultName, victim: Victim): boolean {
  const act = BEFORE[fault];
  act?.(victim);
  return act !== undefined;
}

/** The body that is sent instead of a page's: text, or a stream that breaks off. */
export function disturbBody(
  fault: FaultName,
  body: Buffer,
  request: FastifyRequest,
  reply: FastifyReply,
): string | Buffer | Readable {
  return BODY[fault]?.(body, request, reply) ?? body;
}

const BEFORE: Partial<Record<FaultName, (victim: Victim) => void>> = {
  "429": () => tooMany({}),
  "429-retry-after": ({ faults }) => tooMany({ "retry-after": String(faults.retryAfter) }),
  "429-retry-date": ({ faults, now }) => {
    return tooMany({ "retry-after": new Date(now + faults.retryAfter * 1000).toUTCString() });
  },
  "400": () => fail(refuse(400)),
  "401": () => fail(refuse(401)),
  "403": () => fail(refuse(403)),
  "405": () => fail(refuse(405)),
  "500": () => fail(new Refusal(500, "internal-server-error", "There was an internal server error.")),
  "502": ({ reply }) => gatewayPage(reply, 502),
  "503": ({ reply }) => gatewayPage(reply, 503),
  "504": ({ reply }) => gatewayPage(reply, 504),
  redirect: ({ faults }) => lead(faults.redirectTo),
  "redirect-same": ({ request }) => lead(here(request)),
  hang: ({ reply }) => {
    reply.hijack();
  },
  reset: ({ request, reply }) => {
    reply.hijack();
    request.raw.socket.resetAndDestroy();
  },
};

const BODY: Partial<
  Record<
    FaultName,
    (body: Buffer, request: FastifyRequest, reply: FastifyReply) => string | Buffer | Readable
  >
> = {
  truncated: (body) => halfOf(body),
  html: (_body, _request, reply) => {
    void reply.type("text/html; charset=utf-8");
    return HTML;
  },
  "content-type": (body, _request, reply) => {
    void reply.type("text/plain; charset=utf-8");
    return body;
  },
  huge: (body) => Readable.from(inflated(body)),
  "hang-body": (body) => brokenOff(halfOf(body), () => undefined),
  "reset-body": (body, request) => brokenOff(halfOf(body), () => request.raw.socket.resetAndDestroy()),
};

function fail(refusal: Refusal): never {
  throw refusal;
}

function tooMany(headers: Record<string, string>): never {
  throw refuse(429, undefined, headers);
}

function lead(location: string): never {
  throw new Refusal(302, "found", "The resource is elsewhere.", { location });
}

function gatewayPage(reply: FastifyReply, status: number): void {
  void reply.code(status).type("text/html; charset=utf-8").send(HTML);
}

/** The same page under another URL, so that no client takes it for a loop. */
function here(request: FastifyRequest): string {
  const query = request.url.split("?", 2)[1];
  return `${DATASETS_PATH}?${query === undefined ? "" : `${query}&`}redirected=1`;
}

function halfOf(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

/** A stream of the text that never ends; `then` is called once the text was sent. */
function brokenOff(text: Buffer, then: () => void): Readable {
  let sent = false;
  return new Readable({
    read() {
      if (sent) setImmediate(then);
      else this.push(text);
      sent = true;
    },
  });
}

/** The same JSON with more blanks in it than a reader should accept. */
function* inflated(body: Buffer): Generator<string | Buffer> {
  yield body.subarray(0, -1);
  for (let sent = 0; sent < HUGE_BYTES; sent += BLANK.length) yield BLANK;
  yield body.subarray(-1);
}
