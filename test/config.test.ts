import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { variableRows } from "../src/config/variables.ts";
import { thisHost, toConfig } from "../src/config.ts";
import type { Env } from "../src/config.ts";
import { OperatorError } from "../src/core/errors.ts";
import { failure, host } from "./config/host.ts";

function read(env: Env) {
  return toConfig({ APIFY_TOKEN: "a-token", ...env }, { token: true }, host);
}

/** The variables that are refused in an environment with a good token. */
function refused(env: Env): string[] {
  return failure({ APIFY_TOKEN: "a-token", ...env }).problems.map(({ variable }) => variable);
}

describe("defaults", () => {
  test("a token is all that has to be set", () => {
    expect(read({})).toEqual({
      api: {
        token: "a-token",
        baseUrl: new URL("https://api.apify.com"),
        requestTimeoutMs: 30_000,
        maxRequestsPerSecond: 30,
        maxConcurrency: 8,
      },
      database: {
        kind: "embedded",
        dataDir: "/home/me/.local/share/dataset-mirror",
        host: "127.0.0.1",
        port: 54329,
      },
      source: { name: "default", unnamed: true, ownership: undefined },
      sync: {
        cron: "* * * * *",
        namedCron: "*/5 * * * *",
        fullCron: "0 * * * *",
        timezone: "UTC",
        pageSize: 1000,
        lookbackMs: 600_000,
        removalGraceMs: 900_000,
        removalBrake: 0.5,
        reconcileRequests: 20,
      },
      retentionMs: 90 * 86_400_000,
      http: { host: "127.0.0.1", port: 8080, allowedHosts: [], token: undefined },
      readApi: null,
      fleet: null,
      log: { level: "info", format: "json" },
      secrets: ["a-token"],
      warnings: [],
    });
  });

  test("an empty or blank value counts as unset", () => {
    const blank = Object.fromEntries(
      variableRows().map(([name], index) => [name.slice(1, -1), index % 2 ? "" : " "]),
    );
    expect(read({ ...blank, APIFY_TOKEN: "a-token" })).toEqual(read({}));
  });

  test("a terminal gets the pretty format unless LOG_FORMAT says otherwise", () => {
    const terminal = { ...host, isTerminal: true };
    const formatOf = (env: Env) => toConfig(env, { token: false }, terminal).log.format;
    expect([formatOf({}), formatOf({ LOG_FORMAT: "json" })]).toEqual(["pretty", "json"]);
  });

  test("this machine's contribution makes a configuration", () => {
    expect(toConfig({}, { token: false }, thisHost()).database.kind).toBe("embedded");
  });
});

const EMBEDDED = read({}).database;
const READ_API = { token: "readers-token", maxRequestsPerSecond: 60, maxAgeMs: null };

describe("values", () => {
  test.each<[string, string, (config: ReturnType<typeof read>) => unknown, unknown]>([
    ["PAGE_SIZE", " 2 ", ({ sync }) => sync.pageSize, 2],
    ["LOOKBACK", "1.5h", ({ sync }) => sync.lookbackMs, 5_400_000],
    ["LOOKBACK", "0", ({ sync }) => sync.lookbackMs, 0],
    ["REMOVAL_GRACE", "7d", ({ sync }) => sync.removalGraceMs, 604_800_000],
    ["REMOVAL_BRAKE", ".25", ({ sync }) => sync.removalBrake, 0.25],
    ["REQUEST_TIMEOUT", "1000ms", ({ api }) => api.requestTimeoutMs, 1000],
    ["MAX_REQUESTS_PER_SECOND", "0.1", ({ api }) => api.maxRequestsPerSecond, 0.1],
    ["DATASETS_UNNAMED", "0", ({ source }) => source.unnamed, false],
    ["DATASETS_UNNAMED", "TRUE", ({ source }) => source.unnamed, true],
    ["DATASETS_OWNERSHIP", "ownedbyme", ({ source }) => source.ownership, "ownedByMe"],
    ["SOURCE_NAME", "účet 1 👍", ({ source }) => source.name, "účet 1 👍"],
    ["SYNC_CRON", "*/10 * * * * *", ({ sync }) => sync.cron, "*/10 * * * * *"],
    ["NAMED_SYNC_CRON", "*/2 * * * *", ({ sync }) => sync.namedCron, "*/2 * * * *"],
    ["NAMED_SYNC_CRON", " Off ", ({ sync }) => sync.namedCron, null],
    ["DATASETS_UNNAMED", "false", ({ sync }) => sync.namedCron, null],
    ["SYNC_TIMEZONE", "europe/prague", ({ sync }) => sync.timezone, "Europe/Prague"],
    ["RECONCILE_REQUESTS", "0", ({ sync }) => sync.reconcileRequests, 0],
    ["RUN_RETENTION", "7d", ({ retentionMs }) => retentionMs, 604_800_000],
    ["API_TOKEN", "readers-token", ({ readApi }) => readApi, READ_API],
    ["API_TOKEN_FILE", "/run/token", ({ readApi }) => readApi?.token, "from-a-file"],
    ["HTTP_TOKEN", "page-token", ({ http }) => http.token, "page-token"],
    ["HTTP_TOKEN_FILE", "/run/token", ({ http }) => http.token, "from-a-file"],
    ["HTTP_ALLOWED_HOSTS", "Mirror.example, b", ({ http }) => http.allowedHosts, ["mirror.example", "b"]],
    ["EMBEDDED_HOST", "0.0.0.0", ({ database }) => database, { ...EMBEDDED, host: "0.0.0.0" }],
    ["HTTP_HOST", "::", ({ http }) => http.host, "::"],
    ["HTTP_PORT", "0", ({ http }) => http.port, 0],
    ["LOG_LEVEL", "DEBUG", ({ log }) => log.level, "debug"],
    ["DATA_DIR", "data", ({ database }) => database, { ...EMBEDDED, dataDir: "/srv/data" }],
  ])("%s=%s is read", (name, text, pick, expected) => {
    expect(pick(read({ [name]: text }))).toEqual(expected);
  });

  test.each([
    ["PAGE_SIZE", "1"],
    ["PAGE_SIZE", "100001"],
    ["PAGE_SIZE", "1e3"],
    ["PAGE_SIZE", "10.5"],
    ["LOOKBACK", "10"],
    ["LOOKBACK", "-1m"],
    ["LOOKBACK", "2 weeks"],
    ["REMOVAL_BRAKE", "1.01"],
    ["REMOVAL_BRAKE", "50%"],
    ["MAX_REQUESTS_PER_SECOND", "0"],
    ["MAX_REQUESTS_PER_SECOND", "Infinity"],
    ["MAX_CONCURRENCY", "65"],
    ["REQUEST_TIMEOUT", "999ms"],
    ["REQUEST_TIMEOUT", "11m"],
    ["EMBEDDED_PORT", "65536"],
    ["HTTP_PORT", "-1"],
    ["HTTP_HOST", "127.0.0"],
    ["HTTP_HOST", "[::1]"],
    ["HTTP_HOST", "localhost:80"],
    ["SOURCE_NAME", "x".repeat(64)],
    ["SOURCE_NAME", "a\u001b[31m"],
    ["SOURCE_NAME", "a\u202eb"],
    ["DATASETS_UNNAMED", "yes"],
    ["DATASETS_OWNERSHIP", "mine"],
    ["SYNC_CRON", "* * * *"],
    ["SYNC_CRON", "61 * * * *"],
    ["FULL_SYNC_CRON", "0 0 30 2 *"],
    ["NAMED_SYNC_CRON", "none"],
    ["SYNC_TIMEZONE", "Europe/Nowhere"],
    ["SYNC_TIMEZONE", "+02:00"],
    ["RECONCILE_REQUESTS", "1001"],
    ["RUN_RETENTION", "59m"],
    ["HTTP_ALLOWED_HOSTS", "mirror.example:8080"],
    ["HTTP_ALLOWED_HOSTS", "a,,b"],
    ["HTTP_TOKEN", "1234567"],
    ["API_TOKEN", "two words"],
    ["API_TOKEN_FILE", "/run/none"],
    ["API_RATE_LIMIT", "0"],
    ["API_MAX_AGE", "0"],
    ["EMBEDDED_HOST", "localhost:1"],
    ["LOG_LEVEL", "verbose"],
    ["LOG_FORMAT", "text"],
    ["DATA_DIR", "a\u0000b"],
  ])("%s=%j is refused", (name, text) => {
    expect(refused({ [name]: text })).toEqual([name]);
  });
});

describe("errors", () => {
  test("all bad variables are named at once, in the table's order, with what was found and what is expected", () => {
    const error = failure({ LOG_LEVEL: "loud", PAGE_SIZE: "many", DATABASE_URL: "mysql://u:hidden@h/d" });
    expect(error).toBeInstanceOf(OperatorError);
    expect(error.message.split("\n")).toEqual([
      "The configuration cannot be used:",
      expect.stringMatching(/^ {2}APIFY_TOKEN: found nothing, expected an API token .*APIFY_TOKEN_FILE$/),
      "  DATABASE_URL: found a URL of another kind (hidden), expected postgres://user:password@host:5432/database",
      '  PAGE_SIZE: found "many", expected a whole number from 2 to 100000',
      '  LOG_LEVEL: found "loud", expected one of trace, debug, info, warn, error, fatal, silent',
    ]);
    expect(error.hint).toContain(".env");
  });

  test("a hostile value stays on its line and cannot steer the terminal", () => {
    const { message } = failure({ APIFY_TOKEN: "a-token", PAGE_SIZE: "1\u001b[2J\nAPIFY_TOKEN: fine\u202e" });
    expect(message.split("\n")).toHaveLength(2);
    expect(message).not.toMatch(/(?!\n)\p{C}/u);
  });

  test("a probable typo of a name is a warning, and is shown beside the errors", () => {
    expect(
      read({ PAGE_SIZES: "5", sync_cron: "x", HTTPS_PORT: "1", PATH: "/bin", MAX_CONCURENCY: "1" }).warnings,
    ).toEqual([
      "PAGE_SIZES is not a variable of this program: did you mean PAGE_SIZE?",
      "sync_cron is not a variable of this program: did you mean SYNC_CRON?",
      "MAX_CONCURENCY is not a variable of this program: did you mean MAX_CONCURRENCY?",
    ]);
    expect(failure({ APIFY_API_TOKEN: "x" }).hint).toContain("did you mean APIFY_TOKEN?");
  });

  test("a variable that has no effect beside the others is reported", () => {
    expect(read({ DATABASE_URL: "postgres://h/d", EMBEDDED_PORT: "1", API_MAX_AGE: "1h" }).warnings).toEqual([
      "EMBEDDED_PORT has no effect: DATABASE_URL names another database",
      "API_MAX_AGE has no effect: the read API is off without API_TOKEN",
    ]);
    expect(read({ DATASETS_UNNAMED: "0", NAMED_SYNC_CRON: "* * * * *" }).warnings).toEqual([
      "NAMED_SYNC_CRON has no effect: only named datasets are mirrored",
    ]);
    expect(read({ EMBEDDED_PORT: "1", API_TOKEN: "readers-token", API_MAX_AGE: "1h" }).warnings).toEqual([]);
  });
});

test("a user without an account has a home all the same", () => {
  const homeless = thisHost(() => {
    throw new Error("uv_os_homedir returned ENOENT");
  });
  expect(homeless.homedir).toBe("/");
});

test.skipIf(!existsSync("README.md"))("README.md's table is the one in the code", () => {
  const lines = readFileSync("README.md", "utf8").split("\n");
  const rows = lines.filter((line) => /^\|\s*`[A-Z][A-Z_]+`\s*\|/.test(line));
  // A bar inside a cell is written \|.
  const cells = rows.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toEqual(variableRows());
});
