import type { ServerResponse } from "node:http";

import { type ClientEvent, type ClientOptions, DatasetsClient } from "../../src/apify/client.ts";
import { ApiError } from "../../src/apify/errors.ts";
import { ManualClock } from "../support/clock.ts";

export const TOKEN = "apify_api_s3cret";
export const NEVER = new AbortController().signal;

/** A client whose waits take no time, and its events. */
export function setUpClient(baseUrl: URL, options: Partial<ClientOptions> = {}) {
  const events: ClientEvent[] = [];
  const clock = new ManualClock({ isRunning: true });
  const client = new DatasetsClient({
    baseUrl,
    token: TOKEN,
    unnamed: true,
    ownership: undefined,
    requestTimeoutMs: 20_000,
    maxRequestsPerSecond: 30,
    userAgent: "apify-dataset-mirror/0.0.0",
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const fetchPage = (offset = 0, limit = 1000) => client.fetchPage({ offset, limit }, NEVER);
  return { client, events, clock, fetchPage };
}

/** The error of a rejected promise, and all text in it down to the last cause. */
export async function failureOf(promise: Promise<unknown>): Promise<{ error: ApiError; text: string }> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error;
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    lines.push(at.message, at.stack ?? "", JSON.stringify(at));
  }
  return { error, text: lines.join("\n") };
}

export function item(number: number) {
  const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
  return { id: `id${number}`, name: null, createdAt, itemCount: number, stats: { readCount: 0 } };
}

export function pageOf(
  items: readonly unknown[],
  { offset = 0, total = items.length, limit = 1000 } = {},
): string {
  return JSON.stringify({ data: { total, offset, limit, desc: false, count: items.length, items } });
}

export function sendJson(response: ServerResponse, status: number, body: string, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}
