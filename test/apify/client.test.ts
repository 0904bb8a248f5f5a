import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { startHttpServer } from "../support/http-server.ts";
import { failureOf, item, NEVER, pageOf, sendJson, setUpClient, TOKEN } from "./client-setup.ts";

describe("a request", () => {
  test("asks for one page, names the client and sends the token as a header only", async () => {
    await using server = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
    await setUpClient(server.url).fetchPage(2000, 500);
    const [request] = server.requests;
    expect(request?.method).toBe("GET");
    expect(request?.url).toBe("/v2/datasets?offset=2000&limit=500&unnamed=true");
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: "application/json",
      "user-agent": "apify-dataset-mirror/0.0.0",
    });
  });

  test("keeps the path of the base URL and asks for the client's scope", async () => {
    await using server = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
    const options = { unnamed: false, ownership: "ownedByMe" as const };
    await setUpClient(new URL("/proxy/", server.url), options).fetchPage(0, 10);
    expect(server.requests[0]?.url).toBe(
      "/proxy/v2/datasets?offset=0&limit=10&unnamed=false&ownership=ownedByMe",
    );
  });
});

test("a request may ask for another scope than the client's", async () => {
  await using server = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
  const { client } = setUpClient(server.url);
  await client.fetchPage({ offset: 0, limit: 1, unnamed: false, ownership: "ownedByMe" }, NEVER);
  await client.fetchPage({ offset: 0, limit: 1 }, NEVER);
  expect(server.requests.map(({ url }) => url)).toEqual([
    "/v2/datasets?offset=0&limit=1&unnamed=false&ownership=ownedByMe",
    "/v2/datasets?offset=0&limit=1&unnamed=true",
  ]);
});

test("a meter counts the requests of its run alone", async () => {
  await using server = await startHttpServer((_, response, number) => {
    if (number === 2) sendJson(response, 429, "{}");
    else if (number === 3) sendJson(response, 503, "{}");
    else sendJson(response, 200, pageOf([]));
  });
  const { client } = setUpClient(server.url);
  const first = { requests: 0, throttled: 0, retried: 0 };
  const second = { requests: 0, throttled: 0, retried: 0 };
  const page = { offset: 0, limit: 1 };
  expect(await client.fetchPage(page, NEVER, first)).toMatchObject({ requestNumber: 1 });
  expect(await client.fetchPage(page, NEVER, second)).toMatchObject({ requestNumber: 4 });
  expect(first).toEqual({ requests: 1, throttled: 0, retried: 0 });
  expect(second).toEqual({ requests: 3, throttled: 1, retried: 2 });
  expect(client.traffic()).toMatchObject({ requests: 4, throttled: 1, retried: 2 });
});

describe("an answer", () => {
  test("becomes a page with what the server says of it, and the server's time", async () => {
    const body = pageOf([item(1), item(2)], { offset: 7, total: 90, limit: 250 });
    await using server = await startHttpServer((_, response) =>
      sendJson(response, 200, body, { date: "Thu, 01 Jan 2026 12:00:07 GMT" }),
    );
    expect(await setUpClient(server.url).fetchPage(5)).toEqual({
      offset: 5,
      echoedOffset: 7,
      limit: 250,
      total: 90,
      count: 2,
      serverTimeMs: Date.UTC(2026, 0, 1, 12, 0, 7),
      requestNumber: 1,
      items: [1, 2].map((number) => ({
        id: `id${number}`,
        createdAt: Date.UTC(2026, 0, 1, 0, 0, number),
        item: item(number),
      })),
    });
  });

  test.each([
    ["in another century", "Thu, 01 Jan 2099 12:00:07 GMT"],
    ["more than a day ago", "Tue, 30 Dec 2025 23:59:59 GMT"],
    ["no date", "yesterday"],
  ])("that is dated %s is dated by our own clock", async (_, date) => {
    await using server = await startHttpServer((_request, response) =>
      sendJson(response, 200, pageOf([]), { date }),
    );
    const { clock, fetchPage } = setUpClient(server.url);
    expect(await fetchPage()).toMatchObject({ serverTimeMs: clock.now() });
  });

  test("may be compressed", async () => {
    const body = pageOf(Array.from({ length: 100 }, (_, number) => item(number)));
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body));
    });
    expect(await setUpClient(server.url).fetchPage()).toMatchObject({ count: 100 });
  });

  test("loses no good row because of a bad one on the same page", async () => {
    const escaped = pageOf([item(1), { ...item(2), name: "a\0b" }, { id: "x" }, item(4)]);
    await using server = await startHttpServer((_, response) => sendJson(response, 200, escaped));
    const { items } = await setUpClient(server.url).fetchPage();
    expect(items.map((one) => ("item" in one ? one.id : one.reason))).toEqual([
      "id1",
      "name: holds NUL or half of a surrogate pair",
      "createdAt: expected a time that exists, ISO 8601 in UTC, found nothing",
      "id4",
    ]);
  });

  test("keeps characters that the network split", async () => {
    const body = Buffer.from(pageOf([{ ...item(1), name: "Größe €😀" }]));
    await using server = await startHttpServer((_, response) => {
      for (const byte of body) response.write(Buffer.of(byte));
      response.end();
    });
    const { items } = await setUpClient(server.url).fetchPage();
    expect(items).toEqual([expect.objectContaining({ item: { ...item(1), name: "Größe €😀" } })]);
  });
});

describe("a redirect", () => {
  test("inside the origin is followed, and each request of it is counted", async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url?.startsWith("/v2")) response.writeHead(308, { location: "/moved?offset=0" }).end();
      else sendJson(response, 200, pageOf([item(1)]));
    });
    const { client, fetchPage } = setUpClient(server.url);
    expect(await fetchPage()).toMatchObject({ count: 1 });
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/v2/datasets?offset=0&limit=1000&unnamed=true",
      "/moved?offset=0",
    ]);
    expect(client.traffic().requests).toBe(2);
  });

  test("to another origin is refused at once, and nothing is sent there", async () => {
    await using elsewhere = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
    await using server = await startHttpServer((_, response) => {
      response.writeHead(302, { location: new URL(`/v2/datasets?token=${TOKEN}`, elsewhere.url).href }).end();
    });
    const { error, text } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.failure).toBe("redirect");
    expect(error.message).toContain(elsewhere.url.host);
    expect(text).not.toContain(TOKEN);
    expect(elsewhere.requests).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["http://user:pass@{host}/v2/datasets", /not at http:/],
    ["https://{host}/v2/datasets", /not at http:/],
    ["http://[", /is no address/],
    [undefined, /names no address/],
  ])("to %s is refused", async (location, message) => {
    await using server = await startHttpServer((request, response) => {
      const target = location?.replace("{host}", String(request.headers.host));
      response.writeHead(302, target === undefined ? {} : { location: target }).end();
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "redirect", message: expect.stringMatching(message) });
    expect(server.requests).toHaveLength(1);
  });

  test("in a circle ends after three", async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(302, { location: "/again" }).end();
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toContain("more than 3 in a row");
    expect(server.requests).toHaveLength(4);
  });
});

describe("an abort", () => {
  test("ends a request at once, even in the middle of its body, with its reason, and is not retried", async () => {
    const stop = new AbortController();
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200).write('{"data":');
      setImmediate(() => stop.abort(new Error("stopped")));
    });
    const { client, events } = setUpClient(server.url);
    await expect(client.fetchPage({ offset: 0, limit: 1 }, stop.signal)).rejects.toThrow("stopped");
    expect(server.requests).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === "retrying")).toEqual([]);
  });

  test("before the request sends nothing", async () => {
    await using server = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
    const { client } = setUpClient(server.url);
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(client.fetchPage({ offset: 0, limit: 1 }, signal)).rejects.toThrow("stopped");
    expect(server.requests).toEqual([]);
  });

  test("leaves no listener on the signal after a page", async () => {
    await using server = await startHttpServer((_, response) => sendJson(response, 200, pageOf([])));
    const { fetchPage } = setUpClient(server.url);
    const before = getEventListeners(NEVER, "abort").length;
    for (let page = 0; page < 3; page++) await fetchPage(page);
    expect(getEventListeners(NEVER, "abort")).toHaveLength(before);
  });
});
