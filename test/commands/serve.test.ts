import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { envelopeSchema } from "../../src/apify/contract.ts";
import { runProgram, startProgram } from "../support/process.ts";
import { query } from "../support/query.ts";
import { createRig } from "../support/rig.ts";
import type { Rig } from "../support/rig.ts";

const ROLE = `reader_${randomUUID().replaceAll("-", "")}`;
const SERVED = /"url":"([^"]+)","source":"default","msg":"the mirror is served"/;

let stack: AsyncDisposableStack;
let rig: Rig;
let env: Record<string, string>;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  rig = stack.use(await createRig({ sandbox: { datasets: 0 } }));
  rig.sandbox.account.create(60);
  await rig.run("full");
  // What a DBA gives to somebody who only reads.
  await query(rig.url, `create role ${ROLE} login password '${ROLE}'`);
  await query(rig.url, `grant usage on schema apify to ${ROLE}`);
  await query(rig.url, `grant select on all tables in schema apify to ${ROLE}`);
  stack.defer(async () => {
    await query(rig.url, `drop owned by ${ROLE}`);
    await query(rig.url, `drop role ${ROLE}`);
  });
  const reader = Object.assign(new URL(rig.url), { username: ROLE, password: ROLE });
  env = { DATABASE_URL: reader.href, HTTP_PORT: "0", LOG_FORMAT: "json", API_TOKEN: "the-readers-token" };
});
afterAll(() => stack.disposeAsync());

test("serve answers from a database that its role may only read, and ends with 0 on SIGTERM", async () => {
  const served = startProgram(["serve"], env);
  await served.printed(SERVED);
  const [, url = ""] = SERVED.exec(served.output()) ?? [];
  const get = (path: string, token = "the-readers-token") =>
    fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });

  const page = await get("/v2/datasets?unnamed=1");
  expect(envelopeSchema.parse(await page.json()).data.items).toEqual(rig.sandbox.account.snapshot());
  const moment = page.headers.get("x-mirror-as-of") ?? "";
  expect((await get(`/at/${moment}/v2/datasets`)).status).toBe(200);
  expect((await get("/v2/datasets", "another-token")).status).toBe(401);
  expect((await fetch(new URL("/v2/datasets?token=the-readers-token", url))).status).toBe(200);
  for (const path of ["/", "/metrics", "/api/status", "/healthz", "/openapi.json"]) {
    expect((await get(path)).status, path).toBe(200);
  }
  // The rig's clock is not the one of this process: whether the mirror is fresh to it is for the next test.
  expect([200, 503]).toContain((await get("/readyz")).status);

  served.kill("SIGTERM");
  const { code, stdout, stderr } = await served.ended;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toMatch(/"level":"error"|permission denied|the-readers-token/);
});

test("serve answers where no transaction may write, as on a replica", async () => {
  await query(rig.url, `alter role ${ROLE} set default_transaction_read_only = on`);
  const served = startProgram(["serve"], env);
  await served.printed(SERVED);
  const [, url = ""] = SERVED.exec(served.output()) ?? [];
  for (const path of ["/v2/datasets", "/"]) {
    const headers = { authorization: "Bearer the-readers-token" };
    expect((await fetch(new URL(path, url), { headers })).status, path).toBe(200);
  }
  served.kill("SIGTERM");
  await served.ended;
  await query(rig.url, `alter role ${ROLE} reset default_transaction_read_only`);
});

async function setAge(age: string): Promise<void> {
  const times = "started_at = now() - $1::interval, finished_at = now() - $1::interval";
  await query(rig.url, `update apify.sync_runs set ${times}`, [age]);
}

test("serve is ready as long as the mirror is fresh, whoever fills it", async () => {
  const served = startProgram(["serve"], env);
  await served.printed(SERVED);
  const [, url = ""] = SERVED.exec(served.output()) ?? [];
  const status = async () => (await fetch(new URL("/readyz", url))).status;
  await setAge("1 second");
  await expect.poll(status).toBe(200);
  await setAge("1 hour");
  await expect.poll(status).toBe(503);
  served.kill("SIGTERM");
  await served.ended;
});

test("the role that serve runs under cannot mirror: the database refuses it", async () => {
  const apify = { APIFY_TOKEN: rig.sandbox.token, APIFY_API_BASE_URL: rig.sandbox.url };
  const { code, stderr } = await runProgram(["sync"], { ...env, ...apify });
  expect(code).toBe(1);
  expect(stderr).toMatch(/permission denied|must be able to write|may not/i);
});

test("without API_TOKEN the pages are served alone, and the log says so", async () => {
  const { API_TOKEN: _token, ...rest } = env;
  const served = startProgram(["serve"], rest);
  await served.printed(/the read API is off, as API_TOKEN is not set/);
  const [, url = ""] = SERVED.exec(served.output()) ?? [];
  expect((await fetch(new URL("/v2/datasets", url))).status).toBe(404);
  expect((await fetch(new URL("/", url))).status).toBe(200);
  served.kill("SIGTERM");
  await served.ended;
});
