/** Whatever a stranger sends to the HTTP port is answered or cut off; nothing is a failure of the server, nothing piles up. */
import { once } from "node:events";
import { connect } from "node:net";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { systemClock } from "../../src/system.ts";
import { fuzz } from "../support/fuzz.ts";
import { SOURCE, dataset } from "../support/mirror.ts";
import { openWebOn } from "../support/web.ts";

const { seed, extent, timeoutMs, checkMemory } = fuzz(150);
const TOKEN = "s3cret-of-the-page";
const HUNG_MS = 20_000;

const text = fc.string({ unit: "binary", maxLength: 100 });
const path = fc.oneof(
  fc.constantFrom("/", "/healthz", "/readyz", "/metrics", "/api/status", "/assets/page.js", "*", ""),
  fc.constantFrom(
    "/assets/../../package.json",
    "/assets/%2e%2e%2f.env",
    "//x",
    "/%00",
    "/%ff",
    "http://x/",
    "/?",
  ),
  fc.webPath(),
  fc.nat(20_000).map((length) => `/${"a".repeat(length)}`),
  text,
);
const header = fc.oneof(
  fc.tuple(fc.constant("Host"), fc.oneof(fc.domain(), text, fc.constantFrom("[::1]", "0", ""))),
  fc.tuple(
    fc.constant("Authorization"),
    fc.oneof(
      text,
      fc.base64String().map((code) => `Basic ${code}`),
      fc.constantFrom("Bearer", "Basic ===="),
    ),
  ),
  fc.tuple(fc.constant("Content-Length"), fc.constantFrom("0", "-1", "5", "99999999999999999999", "1e3")),
  fc.tuple(fc.constant("Transfer-Encoding"), fc.constantFrom("chunked", "chunked, chunked", "gzip")),
  fc.tuple(fc.constant("Accept-Encoding"), fc.constantFrom("gzip", "br", "*;q=0", "identity;q=0")),
  fc.tuple(fc.constantFrom("Expect", "Upgrade", "Connection", "Range", "If-None-Match"), text),
  fc.tuple(fc.constantFrom("X-Forwarded-For", "Forwarded", "__proto__", "x"), text),
);
const method = fc.oneof(fc.constantFrom("GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "TRACE"), text);
const request = fc
  .tuple(method, path, fc.boolean(), fc.array(header, { maxLength: 6 }), text)
  .map(([verb, where, isNamed, headers, body]) => {
    const all = isNamed ? [["Host", "localhost"] as const, ...headers] : headers;
    const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return Buffer.from(`${verb} ${where} HTTP/1.1\r\n${lines}\r\n${body}`);
  });
const garbage = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
const sent = fc.array(fc.oneof({ weight: 4, arbitrary: request }, garbage), { minLength: 1, maxLength: 3 });
/** Addresses of this machine, so that one is not slowed down for what another has sent. */
const address = fc.tuple(fc.nat(255), fc.integer({ min: 2, max: 254 })).map(([c, d]) => `127.0.${c}.${d}`);

/** What comes back until the server closes the connection. */
async function answerTo(port: number, localAddress: string, parts: readonly Buffer[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
  socket.on("error", () => {});
  const hung = setTimeout(() => socket.destroy(new Error("hung")), HUNG_MS);
  const closed = once(socket, "close").catch(() => {});
  for (const part of parts) socket.write(part);
  socket.end();
  await closed;
  clearTimeout(hung);
  expect(socket.errored?.message).not.toBe("hung");
  return answer;
}

test.skipIf(process.platform !== "linux")(
  "answered or cut off, and alive",
  { timeout: timeoutMs },
  async () => {
    await using web = await openWebOn(systemClock, { token: TOKEN });
    web.mirror.now = systemClock.now();
    const run = await web.mirror.begin();
    await web.mirror.commit(run, { rows: [dataset("a", 0)] });
    await web.mirror.end(run);
    const port = Number(new URL(web.url).port);
    await fc.assert(
      fc.asyncProperty(address, sent, async (from, parts) => {
        const answer = await answerTo(port, from, parts);
        expect(answer).toMatch(/^(HTTP\/1\.1 (200|304|400|401|404|405|408|413|414|417|421|429|431|503) |$)/);
        expect(answer).not.toMatch(/\n\s+at |node_modules/);
        expect(answer).not.toContain(TOKEN);
        expect((await web.get("healthz")).status).toBe(200);
        checkMemory();
      }),
      { ...seed, ...extent },
    );
    expect(web.log.lines("error")).toEqual([]);
    expect(await web.mirror.sql("select name from apify.sources")).toEqual([{ name: SOURCE }]);
  },
);
