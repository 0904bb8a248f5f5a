/** Strangers on the port: who may ask what, and what a flood or idle connections can do. */
import { once } from "node:events";
import { request } from "node:http";
import type { OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect, test } from "vitest";

import { fullPass, dataset } from "../support/mirror.ts";
import { openWeb } from "../support/web.ts";
import type { Web } from "../support/web.ts";

const TOKEN = "page-token-of-the-test";
const ELSEWHERE = { "x-forwarded-for": "203.0.113.7" };

function basic(password: string): string {
  return `Basic ${Buffer.from(`anybody:${password}`).toString("base64")}`;
}

/** fetch would set the Host header itself. */
async function statusOf({ url }: Web, path: string, headers: OutgoingHttpHeaders = {}): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request(new URL(path, url), { headers, agent: false }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  })
    .on("error", reject)
    .end();
  return promise;
}

test.each(["127.0.0.1", "0.0.0.0"])("bound to %s it answers to its own names only", async (host) => {
  await using web = await openWeb({ host, allowedHosts: ["mirror.example"] });
  for (const name of ["localhost:80", "a.localhost", "127.0.0.1", "192.0.2.9:8080", "[2001:db8::1]:80"])
    expect(await statusOf(web, "healthz", { host: name }), name).toBe(200);
  for (const name of ["mirror.example", "MIRROR.example:8080", "mirror.example."])
    expect(await statusOf(web, "healthz", { host: name }), name).toBe(200);
  for (const name of ["rebound.example", "x.mirror.example", "127.0.0.1.example"])
    expect(await statusOf(web, "healthz", { host: name }), name).toBe(421);
});

test("from elsewhere everything but health needs the token, in either form", async () => {
  await using web = await openWeb({ token: TOKEN });
  for (const path of ["", "metrics", "api/status", "assets/page.js", "nothing"]) {
    expect(await statusOf(web, path, ELSEWHERE), path).toBe(401);
    for (const wrong of [`Bearer ${TOKEN}x`, basic("wrong"), basic(`${TOKEN}:`), "Bearer", `Digest ${TOKEN}`])
      expect(await statusOf(web, path, { ...ELSEWHERE, authorization: wrong }), wrong).toBe(401);
    for (const right of [`Bearer ${TOKEN}`, basic(TOKEN)])
      expect(await statusOf(web, path, { ...ELSEWHERE, authorization: right }), path).not.toBe(401);
    expect(await statusOf(web, path), "from this machine").not.toBe(401);
    await web.clock.advance(10_000);
  }
  expect(await statusOf(web, "healthz", ELSEWHERE)).toBe(200);
});

test("readiness asks for nothing, and tells a stranger no cause", async () => {
  await using web = await openWeb({ token: TOKEN });
  await fullPass(web.mirror, 0, [dataset("a", 0)]);
  await web.clock.advance(3_600_000);
  const stranger = await web.get("readyz", { headers: ELSEWHERE });
  expect([stranger.status, await stranger.json()]).toEqual([503, { ready: false, state: "stale" }]);
  expect(await (await web.get("readyz")).json()).toMatchObject({ headline: "The mirror is stale" });
});

test("a warning is logged when it is bound elsewhere without a token, and only then", async () => {
  await using open = await openWeb({ host: "0.0.0.0" });
  expect(open.log.lines("warn")).toMatchObject([
    { host: "0.0.0.0", msg: expect.stringContaining("HTTP_TOKEN") },
  ]);
  await using closed = await openWeb({ host: "0.0.0.0", token: TOKEN });
  await using local = await openWeb();
  expect([...closed.log.lines("warn"), ...local.log.lines("warn")]).toEqual([]);
});

test("256 idle connections of one client do not keep a health check of the same machine out", async () => {
  await using web = await openWeb();
  const { port } = new URL(web.url);
  const sockets: Socket[] = [];
  for (let count = 0; count < 256; count++) {
    const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    // Half of them have said half of a request.
    if (count % 2 === 0) socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n");
  }
  expect(await statusOf(web, "healthz")).toBe(200);
  await expect.poll(() => sockets.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(32);
  for (const socket of sockets) socket.destroy();
});

test("with the read API, 200 connections of one address stay open, as a reverse proxy is one for all its clients", async () => {
  await using web = await openWeb({ api: async () => {} });
  const { port } = new URL(web.url);
  const sockets = Array.from({ length: 200 }, () => connect(Number(port), "127.0.0.1"));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const closed = sockets.map((socket) =>
    once(
      socket.on("error", () => {}),
      "close",
    ).then(() => ["closed"]),
  );
  // Connections that were answered once are idle, and the first to go.
  for (let round = 0; round < 2; round++) {
    const answers = sockets.map((socket, nth) => Promise.race([once(socket, "data"), closed[nth]]));
    for (const socket of sockets) socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for (const answer of await Promise.all(answers)) expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  }
  for (const socket of sockets) socket.destroy();
});

test("a flood waits for its turn, health does not", async () => {
  await using web = await openWeb();
  for (let count = 0; count < 50; count++) expect(await statusOf(web, "readyz")).toBe(503);
  let answered = 0;
  const flood = Array.from({ length: 10 }, async () => {
    const status = await statusOf(web, "readyz");
    answered += 1;
    return status;
  });
  await expect.poll(() => web.clock.sleeping).toBe(10);
  expect(await statusOf(web, "healthz")).toBe(200);
  expect(answered).toBe(0);
  await web.clock.advance(1000);
  expect(await Promise.all(flood)).toEqual(Array.from({ length: 10 }, () => 503));
});
