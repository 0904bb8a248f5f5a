/** What the API sends is data: nothing in it is interpreted by SQL, a terminal, HTML or JSON. */
import { expect, test } from "vitest";

import type { Item } from "../../src/apify/contract.ts";
import { listed, mirrored } from "../support/equal.ts";
import { startHttpServer } from "../support/http-server.ts";
import type { HttpServer } from "../support/http-server.ts";
import { captureLog } from "../support/log.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { runProgram, startProgram } from "../support/process.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";

/** Sets a title, rings, moves, writes the clipboard, links, by 7-bit and 8-bit sequences; turns text around; ends lines. */
const ESCAPES = [
  "\u001b]0;owned\u0007",
  "\u001b[2J\u001b[H",
  "\u001b]52;c;cm0gLXJmIC8=\u0007",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "\u009b31mred\u009b0m\u009d0;owned\u009c",
  "\u0008\u0008\u0008\u007f\u0007\r",
  "\u202efdp.exe\u2066\u2069\u200f\u061c",
  "line one\nERROR: line two\u2028line three\u0085line four",
  "\u{e0041}\u{e0042}\u00ad\ufeff",
];
const SQL = [
  "'; drop schema apify cascade; --",
  '"; drop schema apify cascade; --',
  "$$; drop schema apify cascade; $$",
  String.raw`\'; drop schema apify cascade; --`,
  "{a,b,NULL}",
  '{"a","b\\"}',
  "NULL",
  "\\N",
  "${1} $1 %s %(x)s",
  "1,2),(3",
];
const HTML = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</script><svg onload=alert(1)>",
  "javascript:alert(1)",
  "&lt;b&gt;",
];
const HOSTILE = [
  ...ESCAPES,
  ...SQL,
  ...HTML,
  "__proto__",
  "constructor",
  "{{7*7}}",
  "= 1+1",
  "",
  " ",
  "😀".repeat(60),
];

/** A dataset that is hostile in every field that may be. */
function hostileItem(text: string, index: number): Item {
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
  return {
    ...{ id: `${index}${text}`, name: text, title: text, userId: text, username: text, createdAt },
    ...{ actId: text, actRunId: text, generalAccess: text, itemCount: index },
    stats: { [`key ${text}`]: text, deep: [text, { [`key ${text}`]: text }] },
    [`new ${text}`]: { text },
  };
}

const ITEMS = HOSTILE.map(hostileItem);

function serveItems(items: readonly unknown[]): Promise<HttpServer> {
  const data = { total: items.length, offset: 0, limit: 1000, count: items.length, items };
  return startHttpServer((_, response) =>
    response.setHeader("date", new Date().toUTCString()).end(JSON.stringify({ data })),
  );
}

function serveRefusal(said: () => string): Promise<HttpServer> {
  return startHttpServer((_, response) => {
    const error = { type: said(), message: `${said()} and ${said()}` };
    response.writeHead(400).end(JSON.stringify({ error }));
  });
}

/** Controls but line breaks and tabs, and the marks that turn text or end lines. */
const STEERING = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

function expectTame(where: string, text: string): void {
  const found = STEERING.exec(text);
  if (found !== null)
    expect.fail(
      `${where} holds ${JSON.stringify(found[0])}: ${JSON.stringify(text.slice(Math.max(0, found.index - 80), found.index + 40))}`,
    );
}

test("every field comes out of the mirror as it was sent, and the schema stands", async () => {
  await using server = await serveItems(ITEMS);
  await using rig = await createRig({ api: { baseUrl: server.url }, env: { PAGE_SIZE: "1000" } });
  const run = await rig.run();
  expect(run).toMatchObject({ status: "succeeded", inserted: ITEMS.length, rejected: 0 });
  expect(await mirrored(rig.url)).toEqual(listed(ITEMS));
  // Changed, so that each goes through the history as well, and then gone.
  const changed = ITEMS.map((item) => ({ ...item, itemCount: 1000 }));
  await using other = await serveItems(changed);
  await using later = await createRig({
    api: { baseUrl: other.url },
    databaseUrl: rig.url,
    env: { PAGE_SIZE: "1000" },
  });
  await rig.service[Symbol.asyncDispose]();
  await later.clock.advance(3_600_000);
  expect(await later.run("full")).toMatchObject({ status: "succeeded", updated: ITEMS.length });
  expect(await query(rig.url, "select count(*)::int from apify.dataset_versions")).toEqual([
    { count: ITEMS.length },
  ]);
});

test("items that are rejected are kept as they came, and their reasons are one printable line", async () => {
  const rejected = HOSTILE.flatMap((text, index) => {
    const item = hostileItem(text, index);
    return [
      { ...item, id: { [text]: text } },
      { ...item, id: `${index}:${text}`, createdAt: text },
      { ...item, id: `${index}::${text}`, modifiedAt: `${text}\0` },
      { ...item, id: `${index}:::${text}`, [`nul\0${text}`]: text },
    ];
  });
  await using server = await serveItems(rejected);
  await using rig = await createRig({ api: { baseUrl: server.url }, env: { PAGE_SIZE: "1000" } });
  expect(await rig.run()).toMatchObject({ rejected: rejected.length, inserted: 0 });
  const rows = await query<{ reason: string; item: unknown }>(
    rig.url,
    "select reason, item from apify.rejected_items",
  );
  expect(rows.length).toBeGreaterThan(HOSTILE.length);
  for (const { reason, item } of rows) {
    expectTame("a reason", reason);
    expect(reason).not.toContain("\n");
    expect(item).not.toBeNull();
  }
});

test("an error of the API: row and pretty log are tame, whatever it says", async () => {
  let said = "";
  await using server = await serveRefusal(() => said);
  const log = captureLog("pretty");
  await using rig = await createRig({ api: { baseUrl: server.url }, log });
  for (said of HOSTILE) {
    const run = await rig.run();
    expect(run.status).toBe("failed");
    expectTame("the row", String(run.error));
    // One line of ours for what happened, one for what to do.
    expect(run.error?.split("\n")).toHaveLength(2);
    expectTame("the log", log.text());
  }
  // No text made a line of its own.
  const lines = log.text().split("\n");
  expect(lines.filter((line) => line.startsWith("ERROR"))).toEqual([]);
});

test("no command shows it to a terminal: sync, status and its JSON, pretty and JSON logs", async () => {
  await using database = await createTestDatabase();
  // The last one is where the cursor stands, which is told.
  await using items = await serveItems([...ITEMS, hostileItem(ESCAPES.join("").slice(0, 200), ITEMS.length)]);
  await using refusal = await serveRefusal(() => HOSTILE.join(" "));
  for (const [server, format] of [
    [items, "pretty"],
    [refusal, "json"],
  ] as const) {
    const env = envOf(database.url, server, format);
    for (const args of [["sync"], ["sync", "--full"], ["status"], ["status", "--json"]]) {
      const { stdout, stderr } = await runProgram(args, env);
      expectTame(`stdout of ${args.join(" ")}`, stdout);
      expectTame(`stderr of ${args.join(" ")}`, stderr);
      if (args.includes("--json")) expect(JSON.parse(stdout)).toHaveProperty("fresh");
    }
  }
});

test("the status page shows it as text: no answer over HTTP holds it unescaped", async () => {
  await using database = await createTestDatabase();
  await using items = await serveItems(ITEMS);
  await runProgram(["sync"], envOf(database.url, items, "json"));
  await using refusal = await serveRefusal(() => HTML.join(" "));
  const program = startProgram(["start"], envOf(database.url, refusal, "json"));
  await program.printed(/run failed/);
  const url = /"url":"(http:[^"]+)"/.exec(program.output())?.[1] ?? "";
  const page = await fetch(url).then((answer) => answer.text());
  for (const text of HTML.slice(0, 3)) expect(page).not.toContain(text);
  expect(page).toMatch(/&lt;script&gt;|&lt;script/);
  const status = await fetch(new URL("api/status", url));
  expect(status.headers.get("content-type")).toMatch(/application\/json/);
  expect(status.headers.get("x-content-type-options")).toBe("nosniff");
  const metrics = await fetch(new URL("metrics", url)).then((answer) => answer.text());
  expect(metrics).not.toContain("<script>");
  program.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
});

function envOf(databaseUrl: string, { url }: HttpServer, format: string): Record<string, string> {
  return {
    ...{ APIFY_TOKEN: "token", APIFY_API_BASE_URL: url.href, DATABASE_URL: databaseUrl },
    ...{ LOG_LEVEL: "trace", LOG_FORMAT: format, HTTP_PORT: "0", NO_COLOR: "1" },
  };
}
