import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ACCOUNT_KEYS } from "../../src/config/accounts.ts";
import { ConfigError, secretsIn, toConfig } from "../../src/config.ts";
import type { Config, Env } from "../../src/config.ts";
import { host } from "./host.ts";

const FILES: Readonly<Record<string, string>> = {
  "/run/acme": "apify_api_acme\n",
  "/run/bolt": "apify_api_bolt",
  "/run/readers": "acmes-readers",
  "/run/quoted": '"apify_api_quoted"',
};

/** What the environment gives with such a file of accounts; throws what `toConfig` throws. */
function read(accounts: unknown, env: Env = {}): readonly Config<string>[] {
  const config = toConfig({ ACCOUNTS_FILE: "accounts.json", ...env }, { token: "each" }, hostWith(accounts));
  expect(config.fleet?.file).toBe("/srv/accounts.json");
  return config.fleet?.accounts ?? [];
}

function hostWith(accounts: unknown) {
  const text = typeof accounts === "string" ? accounts : JSON.stringify(accounts);
  const files: Readonly<Record<string, string>> = { ...FILES, "accounts.json": text };
  return { ...host, readFile: (path: string) => files[path] ?? host.readFile(path) };
}

/** What is refused, each fault as one line of the message. */
function faults(accounts: unknown, env: Env = {}): string[] {
  try {
    read(accounts, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  throw new Error("accepted");
}

const warnings = (env: Env) => toConfig(env, { token: false }, hostWith([ACME])).warnings;
const ACME = { name: "acme", tokenFile: "/run/acme" };

describe("accounts", () => {
  test("an entry needs a name and a token; all else is the environment's", () => {
    const [acme, bolt] = read(
      [
        {
          ...ACME,
          ...{ apiBaseUrl: "https://api.example", unnamed: false, ownership: "ownedByMe", pageSize: 500 },
          ...{ syncCron: "*/10 * * * * *", namedSyncCron: "off", fullSyncCron: "30 * * * *", lookback: "5m" },
          ...{ removalGrace: "1m", removalBrake: 0.2, maxRequestsPerSecond: 5, apiTokenFile: "/run/readers" },
        },
        { name: "bolt", tokenFile: "/run/bolt" },
      ],
      { SYNC_CRON: "*/2 * * * *", PAGE_SIZE: "100", MAX_CONCURRENCY: "3", API_TOKEN: "anyones-readers" },
    );
    expect(acme).toMatchObject({
      api: { token: "apify_api_acme", baseUrl: new URL("https://api.example"), maxRequestsPerSecond: 5 },
      source: { name: "acme", unnamed: false, ownership: "ownedByMe" },
      sync: { cron: "*/10 * * * * *", namedCron: null, fullCron: "30 * * * *", pageSize: 500 },
      readApi: { token: "acmes-readers" },
    });
    expect(acme?.sync).toMatchObject({ lookbackMs: 300_000, removalGraceMs: 60_000, removalBrake: 0.2 });
    expect(bolt).toMatchObject({
      api: { token: "apify_api_bolt", maxRequestsPerSecond: 30, maxConcurrency: 3 },
      source: { name: "bolt", unnamed: true },
      sync: { cron: "*/2 * * * *", pageSize: 100 },
      readApi: { token: "anyones-readers" },
    });
  });

  test("without the file there is one account, and a token is needed", () => {
    expect(toConfig({ APIFY_TOKEN: "abc" }, { token: "each" }, host)).toMatchObject({
      ...{ fleet: null, source: { name: "default" }, api: { token: "abc" } },
    });
    expect(() => toConfig({}, { token: "each" }, host)).toThrow(/APIFY_TOKEN: found nothing/);
  });

  test("variables that mean nothing beside it, or without it, are told", () => {
    expect(warnings({ ACCOUNTS_FILE: "accounts.json", SOURCE_NAME: "x", API_RATE_LIMIT: "9" })).toEqual([
      "SOURCE_NAME has no effect: ACCOUNTS_FILE has names and tokens",
    ]);
    expect(warnings({ FLEET_CONCURRENCY: "9" })).toEqual([
      "FLEET_CONCURRENCY has no effect: there is one account without ACCOUNTS_FILE",
    ]);
  });
});

describe("faults", () => {
  test("all of them are told at once, by account and key, with those of the variables", () => {
    const entries = [
      { ...ACME, pageSize: 1, removalGrace: "soon", tokne: "apify_api_pasted" },
      { name: "acme", tokenFile: "/run/none" },
      { tokenFile: "/run/quoted", syncCron: "62 * * * *" },
      { name: "b\u0000", tokenFile: "apify_api_pasted", unnamed: null },
      "apify_api_pasted",
    ];
    const lines = faults(entries, { LOOKBACK: "never", FLEET_CONCURRENCY: "1" });
    expect(lines.map((line) => line.replace(/, expected .*/, ""))).toEqual([
      'FLEET_CONCURRENCY: found "1"',
      'LOOKBACK: found "never"',
      'ACCOUNTS_FILE, account "acme", tokne: found an unknown key',
      'ACCOUNTS_FILE, account "acme", pageSize: found "1"',
      'ACCOUNTS_FILE, account "acme", removalGrace: found "soon"',
      'ACCOUNTS_FILE, account "acme", tokenFile: found a path that cannot be read (ENOENT)',
      "ACCOUNTS_FILE, account 3, name: found nothing",
      "ACCOUNTS_FILE, account 3, tokenFile: found a token with quotes (hidden)",
      'ACCOUNTS_FILE, account 3, syncCron: found "62 * * * *"',
      'ACCOUNTS_FILE, account "b", unnamed: found no text',
      'ACCOUNTS_FILE, account "b", tokenFile: found a path that cannot be read (ENOENT)',
      'ACCOUNTS_FILE, account "b", name: found "b"',
      "ACCOUNTS_FILE, account 5: found no object",
      'ACCOUNTS_FILE, account "acme", name: found 2 accounts of this name',
    ]);
    expect(lines.join("\n")).not.toContain("pasted");
    expect(lines[2]).toContain("one of name, tokenFile, ");
  });

  test.each([
    ["it is missing", undefined, "a path that cannot be read (ENOENT)"],
    ["it is no JSON", '[{"name": apify_api_pasted}]', "a file that is not JSON"],
    ["it is no list", { accounts: [] }, "a file that holds no list"],
    ["it is empty", [], "a file without accounts"],
  ])("refused when %s", (_, accounts, found) => {
    const lines = accounts === undefined ? faults([ACME], { ACCOUNTS_FILE: "/none" }) : faults(accounts);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`ACCOUNTS_FILE: found ${found}`);
    expect(lines[0]).not.toContain("pasted");
  });

  test("whatever JSON it holds, it is read or refused with a ConfigError", () => {
    const entry = fc.record(
      Object.fromEntries(
        [...Object.keys(ACCOUNT_KEYS), "x"].map((key) => [key, fc.jsonValue({ maxDepth: 1 })]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(entry, { maxLength: 3 })), (accounts) => {
        expect(faults(accounts).length).toBeGreaterThan(0);
      }),
    );
  });
});

test("the tokens of all accounts are secrets, also where the file cannot be used", () => {
  const entries = [ACME, { name: "bolt", tokenFile: "/run/bolt", pageSize: 0, apiTokenFile: "/run/readers" }];
  const secrets = secretsIn({ ACCOUNTS_FILE: "accounts.json" }, hostWith(entries));
  expect(secrets.toSorted()).toEqual(["acmes-readers", "apify_api_acme", "apify_api_bolt"]);
});

test("README lists the keys", () => {
  const readme = readFileSync("README.md", "utf8");
  for (const [key, variable] of Object.entries(ACCOUNT_KEYS)) {
    expect(readme, key).toContain(`\`${key}\``);
    expect(readme, variable).toContain(`\`${variable}\``);
  }
});
