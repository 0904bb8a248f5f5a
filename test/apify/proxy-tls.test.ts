/** Proxies and certificates between here and the API: what the environment says is done, and what fails is named. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { startSandbox } from "../../src/sandbox/start.ts";
import { createCertificate } from "../support/certificates.ts";
import { startConnectProxy } from "../support/connect-proxy.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startProgram } from "../support/process.ts";
import { startTlsFront } from "../support/tls-front.ts";
import { failureOf, setUpClient, TOKEN } from "./client-setup.ts";

/** No name server knows it, so only a proxy leads there. */
const HOST = "api.mirror.invalid";
const API = new URL(`https://${HOST}`);

/** An account behind TLS, with a certificate for HOST, and a proxy that leads there. */
async function openWorld({ credentials }: { credentials?: string } = {}) {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await startSandbox({ datasets: 30, token: TOKEN }));
  const certificate = stack.use(await createCertificate(`DNS:${HOST}`));
  const front = stack.use(await startTlsFront(new URL(sandbox.url), certificate));
  const proxy = stack.use(await startConnectProxy(front.url, credentials));
  const owned = stack.move();
  return { sandbox, certificate, front, proxy, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
beforeEach(() => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs it in a folder whose `.env` holds the variables. */
async function sync(
  dotEnv: Readonly<Record<string, string>>,
  world: Awaited<ReturnType<typeof openWorld>>,
  env: Readonly<Record<string, string>> = {},
) {
  await using database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-test-"));
  try {
    const variables = {
      ...{ APIFY_TOKEN: TOKEN, APIFY_API_BASE_URL: API.href, DATABASE_URL: database.url },
      ...dotEnv,
    };
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, ".env"), lines.join(""));
    const trusted = { NODE_EXTRA_CA_CERTS: world.certificate.authority };
    return await startProgram(["sync"], { ...trusted, ...env }, folder).ended;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("sync, as a process", () => {
  test("asks through the proxy that .env names, with its user and password", async () => {
    await using world = await openWorld({ credentials: "user:s3cret" });
    const proxyUrl = new URL(world.proxy.url);
    proxyUrl.username = "user";
    proxyUrl.password = "s3cret";
    const ended = await sync({ HTTPS_PROXY: proxyUrl.href }, world);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("inserted 30") });
    expect(new Set(world.proxy.asked)).toEqual(new Set([`${HOST}:443`]));
  });

  test("takes an empty variable in the environment for an unset one", async () => {
    await using world = await openWorld();
    const empty = { https_proxy: "", HTTPS_PROXY: "", no_proxy: "" };
    expect(await sync({ HTTPS_PROXY: world.proxy.url.href }, world, empty)).toMatchObject({ code: 0 });
  });

  test("says at once that a certificate is for another host name", async () => {
    await using world = await openWorld();
    const APIFY_API_BASE_URL = "https://other.mirror.invalid";
    const { code, stdout } = await sync({ APIFY_API_BASE_URL, HTTPS_PROXY: world.proxy.url.href }, world);
    expect(code).toBe(1);
    expect(stdout).toMatch(/certificate is for another host name.*api\.mirror\.invalid/);
    expect(stdout).toContain("APIFY_API_BASE_URL must name the host as its certificate does");
    expect(world.sandbox.requests).toHaveLength(0);
    expect(world.front.connections).toBe(1);
  });
});

describe("a certificate of an unknown authority", () => {
  const told = {
    message: expect.stringMatching(/the certificate's authority is not trusted/),
    hint: expect.stringMatching(/NODE_EXTRA_CA_CERTS=.*not in \.env/),
    isTransient: false,
  };

  test("of the API itself is named, once", async () => {
    await using world = await openWorld();
    const { error } = await failureOf(setUpClient(world.front.url).fetchPage());
    expect(error).toMatchObject(told);
    expect(world.front.connections).toBe(1);
    expect(world.sandbox.requests).toHaveLength(0);
  });

  test("behind a proxy is named as well", async () => {
    await using world = await openWorld();
    vi.stubEnv("HTTPS_PROXY", world.proxy.url.href);
    expect((await failureOf(setUpClient(API).fetchPage())).error).toMatchObject(told);
    expect(world.proxy.asked).toEqual([`${HOST}:443`]);
  });

  test("of the proxy is named, too", async () => {
    await using world = await openWorld();
    vi.stubEnv("HTTPS_PROXY", world.front.url.href);
    expect((await failureOf(setUpClient(API).fetchPage())).error).toMatchObject(told);
  });
});

describe("the proxy", () => {
  test.each(["NO_PROXY", "no_proxy"])("is left out for the hosts that %s names", async (name) => {
    await using world = await openWorld();
    vi.stubEnv("HTTPS_PROXY", world.proxy.url.href);
    vi.stubEnv(name, "localhost,.mirror.invalid");
    const { error } = await failureOf(setUpClient(API).fetchPage());
    expect(error.message).toMatch(/host name not found|name service does not answer/);
    expect(world.proxy.asked).toEqual([]);
  });

  test("is left out for this machine, whatever the variables say", async () => {
    await using world = await openWorld();
    vi.stubEnv("HTTP_PROXY", world.proxy.url.href);
    const { items } = await setUpClient(new URL(world.sandbox.url)).fetchPage();
    expect(items).toHaveLength(30);
    expect(world.proxy.asked).toEqual([]);
  });

  test.each([
    ["that demands a password is named at once", ""],
    ["that refuses the password is named, without it", "user:wr0ng@"],
  ])("%s", async (_, userInfo) => {
    await using world = await openWorld({ credentials: "user:s3cret" });
    vi.stubEnv("HTTPS_PROXY", `http://${userInfo}${world.proxy.url.host}`);
    const { error, text } = await failureOf(setUpClient(API).fetchPage());
    expect(error).toMatchObject({
      message: expect.stringContaining("the proxy answered 407"),
      hint: expect.stringMatching(/HTTPS_PROXY; user and password go into its URL/),
    });
    expect(text).not.toMatch(/wr0ng|dXNlcjp3cjBuZw/);
    expect(world.proxy.asked).toHaveLength(1);
  });

  test("whose URL is none is refused, and the URL not shown", () => {
    vi.stubEnv("HTTPS_PROXY", "http://user:s3cret@proxy:port");
    expect(() => setUpClient(API)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("s3cret") }),
    );
  });
});
