import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock } from "../core/clock.ts";
import type { FaultName } from "./fault-names.ts";

/** A request as the sandbox saw it. */
export interface RequestRecord {
  /** Arrival, milliseconds since the epoch by the sandbox's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** As they stand in the URL; null when absent. */
  readonly offset: number | null;
  readonly limit: number | null;
  readonly unnamed: string | null;
  readonly ownership: string | null;
  /** Whether an Authorization header came with it. */
  readonly authorized: boolean;
  /** What went wrong with it. */
  fault: FaultName | null;
  /** Null until it is answered, and for good if it was reset or left hanging. */
  status: number | null;
}

/** Above this the older half is dropped, so that a sandbox may run for weeks. */
const RECORDS_MAX = 100_000;

/** Records every request in `records`, which a test may empty; returns a function that finds a request's record. */
export function recordRequests(
  app: FastifyInstance,
  clock: Clock,
  records: RequestRecord[],
): (request: FastifyRequest) => RequestRecord | undefined {
  const open = new WeakMap<FastifyRequest, RequestRecord>();
  app.addHook("onRequest", async (request) => {
    const record = recordOf(request, clock.now());
    open.set(request, record);
    if (records.length >= RECORDS_MAX) records.splice(0, RECORDS_MAX / 2);
    records.push(record);
  });
  app.addHook("onSend", async (request, reply) => {
    const record = open.get(request);
    if (record !== undefined) record.status = reply.statusCode;
  });
  return (request) => open.get(request);
}

function recordOf(request: FastifyRequest, at: number): RequestRecord {
  const { pathname, searchParams } = new URL(request.url, "http://sandbox.invalid");
  const numeric = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : null);
  return {
    at,
    method: request.method,
    path: pathname,
    offset: numeric("offset"),
    limit: numeric("limit"),
    unnamed: searchParams.get("unnamed"),
    ownership: searchParams.get("ownership"),
    authorized: request.headers.authorization !== undefined,
    fault: null,
    status: null,
  };
}
