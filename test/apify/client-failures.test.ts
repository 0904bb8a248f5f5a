import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { BODY_MAX } from "../../src/apify/http.ts";
import { ITEMS_MAX, VALUES_MAX } from "../../src/apify/page.ts";
import { type Handler, startHttpServer } from "../support/http-server.ts";
import { startRawServer } from "../support/raw-server.ts";
import { failureOf, item, NEVER, pageOf, sendJson, setUpClient, TOKEN } from "./client-setup.ts";

const refuse = (status: number, type: string, message: string): Handler => {
  return (_, response) => sendJson(response, status, JSON.stringify({ error: { type, message } }));
};

describe("a 4xx fails at once with the API's type and message and a hint", () => {
  test.each([
    [400, "invalid-input", /PAGE_SIZE/],
    [401, "token-not-valid", /APIFY_TOKEN or APIFY_TOKEN_FILE/],
    [403, "permission-denied", /lacks the permission/],
    [404, "page-not-found", /APIFY_API_BASE_URL/],
    [405, "method-not-allowed", /APIFY_API_BASE_URL/],
    [418, "teapot", /changes nothing/],
  ])("%i %s", async (status, type, hint) => {
    await using server = await startHttpServer(refuse(status, type, "Said the server."));
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "refused", status, type, hint: expect.stringMatching(hint) });
    const refused = status === 401 ? "the token" : "the list of datasets";
    expect(error.message).toBe(`Apify refused ${refused}: ${status} ${type}: Said the server.`);
    expect(server.requests).toHaveLength(1);
  });

  test("with the beginning of the body if that is no error of the API", async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(403).end(`<html>\u001B[31m Blocked by proxy${" .".repeat(100_000)}`);
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toMatch(
      /^Apify refused the list of datasets: 403 <html> \[31m Blocked by proxy[ .]+…$/,
    );
    expect(error.message.length).toBeLessThan(300);
  });

  test("also if its body breaks off", async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(401, { "content-length": 1000 }).write("{");
      setImmediate(() => response.destroy());
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "refused", status: 401 });
    expect(server.requests).toHaveLength(1);
  });

  test("never with the token, even if the server echoes it", async () => {
    await using server = await startHttpServer(refuse(401, `bad-${TOKEN}`, `No user for Bearer ${TOKEN}`));
    const { error, text } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toContain("bad-***: No user for Bearer ***");
    expect(text).not.toContain(TOKEN);
  });
});

describe("what may pass is retried", () => {
  const whole = pageOf([item(1)]);
  const failures: ReadonlyArray<readonly [string, string, Handler]> = [
    ["a status of 5xx", "server", refuse(500, "internal", "Oops")],
    [
      "a gateway's page with 502",
      "server",
      (_, response) => response.writeHead(502).end("<html>Bad Gateway"),
    ],
    [
      "an HTML page with 200",
      "bad-answer",
      (_, response) => response.end("<!doctype html><title>Login</title>"),
    ],
    ["an empty body", "bad-answer", (_, response) => response.end()],
    ["a body cut off by its sender", "bad-answer", (_, response) => response.end(whole.slice(0, -9))],
    ["another JSON", "bad-answer", (_, response) => response.end('{"data":{"items":{}}}')],
    ["a connection reset", "network", (request) => request.socket.resetAndDestroy()],
    [
      "a body cut off by the network",
      "network",
      (_, response) => {
        response.writeHead(200, { "content-length": whole.length }).write(whole.slice(0, 9));
        setImmediate(() => response.destroy());
      },
    ],
    [
      "a broken compression",
      "network",
      (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("not compressed"),
    ],
  ];

  test.each(failures)("%s", async (_, failure, handler) => {
    await using server = await startHttpServer((request, response, number) => {
      if (number < 3) handler(request, response, number);
      else sendJson(response, 200, whole);
    });
    const { client, events, fetchPage } = setUpClient(server.url);
    expect(await fetchPage()).toMatchObject({ count: 1 });
    expect(events.filter(({ kind }) => kind === "retrying")).toMatchObject([
      { attempt: 2, attempts: 8, delayMs: 500, error: { failure } },
      { attempt: 3, attempts: 8, delayMs: 1000, error: { failure } },
    ]);
    expect(client.traffic()).toEqual({ requests: 3, throttled: 0, throttledMs: 0, retried: 2 });
  });

  test("eight attempts in all, then the last failure is thrown", async () => {
    await using server = await startHttpServer(refuse(503, "maintenance", "Back soon"));
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toBe("Apify failed with status 503: Back soon");
    expect(server.requests).toHaveLength(8);
  });

  test("an HTML page is reported as one, without its text", async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(`<html>${TOKEN}`);
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toBe(
      "Apify's answer is not a page of datasets: it is an HTML page, status 200, content type text/html",
    );
  });

  test("one timeout covers headers and body", async () => {
    await using server = await startHttpServer((_, response, number) => {
      if (number === 1) return;
      if (number === 2) response.writeHead(200).write("{");
      else sendJson(response, 200, whole);
    });
    const { events, fetchPage } = setUpClient(server.url, { requestTimeoutMs: 200 });
    expect(await fetchPage()).toMatchObject({ count: 1 });
    const reasons = events.flatMap((event) => (event.kind === "retrying" ? [event.error.message] : []));
    // A busy machine may take that long for the third answer, too.
    expect(reasons.slice(0, 2)).toEqual(
      Array(2).fill("Apify cannot be reached: no whole answer within 0.2 s"),
    );
  });
});

describe("an address that does not answer", () => {
  test("is named with the reason", async () => {
    const server = await startHttpServer(() => {});
    await server[Symbol.asyncDispose]();
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toBe(`Apify cannot be reached: connection refused (${server.url.host})`);
    expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("is named by its host if that is unknown", async () => {
    const { error } = await failureOf(setUpClient(new URL("http://nowhere.invalid")).fetchPage());
    expect(error.message).toMatch(/(host name not found|name service does not answer) \(nowhere\.invalid\)$/);
  });

  test.each([
    [
      "or does not speak HTTP is reported as that, without what it sent",
      `SSH-2.0 ${TOKEN}\r\n`,
      /not an HTTP answer/,
    ],
    [
      "or switches to a protocol that was not asked for",
      `HTTP/1.1 101 ${TOKEN}\r\n\r\n`,
      /not an HTTP answer/,
    ],
    ["or ends with a provisional answer", `HTTP/1.1 103 ${TOKEN}\r\n\r\n`, /connection closed/],
    ["or has no status that exists", `HTTP/1.1 042 ${TOKEN}\r\n\r\n`, /not an HTTP answer/],
  ])("%s", async (_, sent, message) => {
    await using server = await startRawServer((socket) => socket.end(sent));
    const { error, text } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "network", message: expect.stringMatching(message) });
    expect(text).not.toContain(TOKEN);
    expect(server.requests).toBe(8);
  });

  test("or never ends its provisional answers is left after the timeout", async () => {
    await using server = await startRawServer((socket, number) => {
      const hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
      const pour = () => void (socket.writable && socket.write(hints) && setImmediate(pour));
      socket.on("drain", pour);
      if (number === 1) pour();
      else socket.end(`HTTP/1.1 200 OK\r\n\r\n${pageOf([item(1)])}`);
    });
    const { client, fetchPage } = setUpClient(server.url, { requestTimeoutMs: 300 });
    expect(await fetchPage()).toMatchObject({ count: 1 });
    expect(client.traffic()).toMatchObject({ requests: 2, retried: 1 });
  });
});

describe("a body larger than a page can be is refused before it is read", () => {
  test("by the length it announces", async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-length": BODY_MAX + 1 }).write("{");
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "too-large", message: expect.stringContaining("at most 64 MiB") });
    expect(server.requests).toHaveLength(1);
  });

  test("by its bytes, if it announces no length", async () => {
    let sent = 0;
    await using server = await startHttpServer((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, " ");
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      response.on("drain", pour);
      pour();
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.failure).toBe("too-large");
    expect(sent).toBeLessThan(2 * BODY_MAX);
  });

  test("by the number of values in it, before they are made", async () => {
    const stats = { a: Array.from({ length: VALUES_MAX / 2 + 1 }, () => []) };
    await using server = await startHttpServer((_, response) => {
      const body = gzipSync(pageOf([{ ...item(1), stats }]));
      response.writeHead(200, { "content-encoding": "gzip" }).end(body);
    });
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error).toMatchObject({ failure: "too-large", message: expect.stringContaining("1000000 values") });
    expect(server.requests).toHaveLength(1);
  });

  test("by the bytes that the request allows", async () => {
    const body = pageOf([{ ...item(1), name: "n".repeat(5000) }]);
    await using server = await startHttpServer((_, response) => sendJson(response, 200, body));
    const { client } = setUpClient(server.url);
    const request = { offset: 0, limit: 1, bodyMax: 4096 };
    const { error } = await failureOf(client.fetchPage(request, NEVER));
    expect(error).toMatchObject({
      failure: "too-large",
      message: expect.stringContaining("at most 4096 bytes"),
    });
    expect(await client.fetchPage({ ...request, bodyMax: body.length }, NEVER)).toMatchObject({ count: 1 });
  });

  test("by the number of its items", async () => {
    const body = pageOf(Array(ITEMS_MAX + 1).fill(0));
    await using server = await startHttpServer((_, response) => sendJson(response, 200, body));
    const { error } = await failureOf(setUpClient(server.url).fetchPage());
    expect(error.message).toContain(`${ITEMS_MAX + 1} items`);
    expect(server.requests).toHaveLength(1);
  });
});
