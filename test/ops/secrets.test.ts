/** Neither the token nor the database's password leaves the process, whatever happens. */
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";

import { expect, test, vi } from "vitest";

import { FAULT_NAMES } from "../../src/sandbox/fault-names.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { startHttpServer } from "../support/http-server.ts";
import { runProgram, startProgram } from "../support/process.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";
import { PASSWORD, TOKEN, createSecretDatabase, dump, expectNoSecret } from "../support/secrets.ts";

async function secretRig(baseUrl?: URL): Promise<Rig & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSecretDatabase());
  const rig = stack.use(
    await createRig({
      databaseUrl: database.url,
      adminUrl: database.adminUrl,
      sandbox: { token: TOKEN, datasets: 60 },
      api: { requestTimeoutMs: 100, ...(baseUrl && { baseUrl }) },
    }),
  );
  const owned = stack.move();
  return { ...rig, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function expectClean({ log, url }: Rig): Promise<void> {
  expectNoSecret("the log", log.text());
  expectNoSecret("the mirror", await dump(url));
}

test("through success and every fault of the API, at log level trace and without the last line of defence", async () => {
  await using rig = await secretRig();
  await rig.run();
  for (const fault of FAULT_NAMES) {
    rig.sandbox.faults.next(fault);
    await rig.run("full");
  }
  for (const fault of ["500", "reset", "html", "401", "redirect", "truncated"] as const) {
    rig.sandbox.faults.set(fault, 1);
    await rig.run();
    rig.sandbox.faults.clear();
  }
  expect(rig.log.lines("error").length).toBeGreaterThan(5);
  await expectClean(rig);
});

/** A server, or something between, that throws the token back in every way. */
const ECHOES: Readonly<Record<string, (response: ServerResponse, token: string) => void>> = {
  "an error's type and message": (response, token) =>
    response
      .writeHead(401)
      .end(JSON.stringify({ error: { type: token, message: `Bearer ${token} is wrong` } })),
  "an error's text": (response, token) => response.writeHead(500).end(`<p>${token}</p>`.repeat(100)),
  "the reason phrase": (response, token) => response.writeHead(500, token).end(),
  "a redirect's address": (response, token) =>
    response.writeHead(302, { location: `https://${token}.example/${token}?token=${token}#${token}` }).end(),
  "a redirect's user": (response, token) =>
    response.writeHead(302, { location: `https://${token}:${token}@elsewhere.example/` }).end(),
  "a redirect to itself": (response, token) =>
    response.writeHead(302, { location: `/v2/datasets?token=${token}` }).end(),
  "broken JSON": (response, token) => response.end(`${token} is no JSON`),
  "JSON that breaks off": (response, token) => response.end(`{"data": "${token}`),
  "an HTML page": (response, token) =>
    response.setHeader("content-type", `text/${token}`).end(`<html>${token}</html>`),
  "another envelope": (response, token) =>
    response.end(JSON.stringify({ data: { total: token, [token]: token } })),
  "Retry-After": (response, token) => response.writeHead(429, { "retry-after": token }).end(token),
  "no HTTP at all": (response, token) => response.socket?.end(`${token}\r\n\r\n`),
};

test.each(Object.entries(ECHOES))("a server that echoes it in %s", async (_, echo) => {
  await using server = await startHttpServer((request, response) => {
    echo(response, request.headers.authorization?.replace("Bearer ", "") ?? "");
  });
  await using rig = await secretRig(server.url);
  const run = await rig.run();
  expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  expect(run.status).toBe("failed");
  await expectClean(rig);
});

test("a statement that fails shows neither its parameters nor the row", async () => {
  await using rig = await secretRig();
  await rig.run();
  const [id = ""] = rig.sandbox.account.create(1);
  rig.sandbox.account.rename(id, "a-name-nobody-should-read");
  const expectHidden = async (code: string) => {
    const run = await rig.run();
    expect(run).toMatchObject({ status: "failed", error: expect.stringContaining(`(${code})`) });
    for (const text of [rig.log.text(), String(run.error)]) {
      expect(text).not.toContain("a-name-nobody-should-read");
      expect(text).not.toMatch(/Failed query|params:|insert into|unnest/);
    }
  };
  await query(
    rig.url,
    "alter table apify.datasets add constraint no_such_name check (name not like 'a-name-%') not valid",
  );
  await expectHidden("23514");
  await query(rig.url, "alter table apify.datasets drop constraint no_such_name");
  await query(
    rig.url,
    "create function picky() returns trigger language plpgsql as 'begin perform new.name::int; return new; end'",
  );
  await query(
    rig.url,
    "create trigger picky before insert on apify.datasets for each row execute function picky()",
  );
  await expectHidden("22P02");
});

/** Those that cost no or little waiting. */
const FEW = ["400", "html", "401", "no-id", "redirect", "nul", "unsorted", "truncated", "403"] as const;

test("the service as a process: its output, its name and command line, its HTTP answers, the mirror, its sessions", async () => {
  await using database = await createSecretDatabase();
  await using sandbox = await startSandbox({ token: TOKEN, datasets: 60 });
  for (const fault of FEW) sandbox.faults.next(fault);
  const program = startProgram(["start"], {
    ...envOf(database.url, sandbox.url),
    SYNC_CRON: "* * * * * *",
    FULL_SYNC_CRON: "* * * * * *",
  });
  await program.printed(/the service is up/);
  const answers = await askEverything(urlIn(program.output()));
  const own = await ownWords(program.pid);
  await vi.waitFor(() => expect(sandbox.requests.length).toBeGreaterThan(FEW.length + 3), 30_000);
  const later = await askEverything(urlIn(program.output()));
  program.kill("SIGTERM");
  const { code, stdout, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/run failed/);
  expectNoSecret("stdout", stdout);
  expectNoSecret("stderr", stderr);
  expectNoSecret("HTTP", JSON.stringify([answers, later]));
  expectNoSecret("name and command line", own);
  expectNoSecret("the mirror", await dump(database.adminUrl));
  const sessions = await query(database.adminUrl, "select a::text from pg_stat_activity a");
  expectNoSecret("sessions", JSON.stringify(sessions));
});

/** What a bug may throw: the error, or its fields, hold what they should not. */
const CRASHES: Readonly<Record<string, string>> = {
  "an error with telling fields":
    "const e = new Error('the bug'); e.request = { authorization: 'Bearer ' + t }; e.url = d; throw e",
  "a rejection nobody handles":
    "void Promise.reject(Object.assign(new Error('the bug ' + t), { params: [d] }))",
  "something that is no error": "throw { bug: 'the bug', token: t, url: d }",
};

test.each(Object.entries(CRASHES))("a crash by %s", async (_, code) => {
  await using database = await createSecretDatabase();
  await using sandbox = await startSandbox({ token: TOKEN, datasets: 60 });
  const crash = `const { APIFY_TOKEN: t, DATABASE_URL: d } = process.env; setTimeout(() => { ${code} }, 400)`;
  const {
    code: exit,
    stdout,
    stderr,
  } = await runProgram(["start"], {
    ...envOf(database.url, sandbox.url),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
  });
  expect(exit).not.toBe(0);
  expect(stderr).toMatch(/the bug|object was thrown/);
  expectNoSecret("crash output", stdout + stderr);
});

const COMMANDS: ReadonlyArray<
  readonly [string, readonly string[], Readonly<Record<string, string>>, number]
> = [
  ["sync with a token that is refused", ["sync"], { APIFY_TOKEN: `${TOKEN}wrong` }, 1],
  [
    "sync with a wrong password",
    ["sync"],
    { DATABASE_URL: `postgres://mirror:${encodeURIComponent(PASSWORD)}@127.0.0.1:1/db` },
    1,
  ],
  ["status", ["status", "--json"], {}, 1],
  ["migrate", ["migrate"], {}, 0],
  ["a URL that is none", ["sync"], { DATABASE_URL: `postgres://mirror:${PASSWORD}@db:x/y` }, 2],
  ["a token with a space", ["sync"], { APIFY_TOKEN: `${TOKEN} x` }, 2],
  ["a token in the wrong place", ["sync"], { PAGE_SIZE: TOKEN, SYNC_CRON: PASSWORD }, 2],
  ["a token in the file's place", ["sync"], { APIFY_TOKEN: "", APIFY_TOKEN_FILE: TOKEN }, 2],
];

test.each(COMMANDS)("%s", async (_, args, env, expected) => {
  await using database = await createSecretDatabase();
  await using sandbox = await startSandbox({ token: TOKEN, datasets: 5 });
  const { code, stdout, stderr } = await runProgram(args, { ...envOf(database.url, sandbox.url), ...env });
  expectNoSecret("stdout", stdout);
  expectNoSecret("stderr", stderr);
  expect(code, stderr).toBe(expected);
});

function envOf(databaseUrl: string, apiUrl: string): Record<string, string> {
  return {
    ...{ APIFY_TOKEN: TOKEN, APIFY_API_BASE_URL: apiUrl, DATABASE_URL: databaseUrl },
    ...{ LOG_LEVEL: "trace", LOG_FORMAT: "json", HTTP_PORT: "0", PAGE_SIZE: "20", REQUEST_TIMEOUT: "1s" },
  };
}

async function askEverything(url: string): Promise<string[]> {
  const paths = ["", "healthz", "readyz", "metrics", "api/status", "nothing-here", "%00", "../../etc/passwd"];
  return Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(new URL(path, url));
      return `${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    }),
  );
}

function urlIn(output: string): string {
  const url = /"url":"(http:[^"]+)"/.exec(output)?.[1];
  if (url === undefined) throw new Error(`no URL in ${output}`);
  return url;
}

/** What other users of the machine see of a process. */
async function ownWords(pid: number | undefined): Promise<string> {
  const files = ["cmdline", "comm", "status"].map((name) => readFile(`/proc/${pid}/${name}`, "latin1"));
  return (await Promise.all(files)).join("\n");
}
