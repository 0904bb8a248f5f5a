import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { toConfig } from "../../src/config.ts";
import type { Env } from "../../src/config.ts";
import { failure, host } from "./host.ts";

describe("token", () => {
  test("it is read from the file, without the line break at its end", () => {
    expect(toConfig({ APIFY_TOKEN_FILE: "/run/token" }, { token: true }, host)).toMatchObject({
      api: { token: "from-a-file" },
      secrets: ["from-a-file"],
    });
  });

  test.each([
    ["neither is set", {}, "nothing"],
    ["both are set", { APIFY_TOKEN: "a", APIFY_TOKEN_FILE: "/run/token" }, "set as well"],
    ["the file is empty", { APIFY_TOKEN_FILE: "/run/empty" }, "an empty token"],
    ["the file is missing", { APIFY_TOKEN_FILE: "/run/none" }, "cannot be read (ENOENT)"],
    ["it has a space", { APIFY_TOKEN: "Bearer abc" }, "space"],
    ["it has a line break", { APIFY_TOKEN: "abc\r\nX-Evil: 1" }, "line break"],
    ["it has a control character", { APIFY_TOKEN: "abc\u0007def" }, "control"],
    ["it has a letter that no header takes", { APIFY_TOKEN: "žluťoučký" }, "non-ASCII"],
    ["it was set with its quotes", { APIFY_TOKEN: '"abc"' }, "quotes"],
  ])("refused when %s", (_, env: Env, found) => {
    const { problems } = failure(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.found).toContain(found);
    const command = toConfig(env, { token: false }, host);
    expect(command.api.token, "a command that needs no token is not stopped").toBeUndefined();
  });
});

describe("secrets", () => {
  const secret = fc
    .string({ unit: "binary-ascii", minLength: 6, maxLength: 40 })
    .map((text) => `~${text.replaceAll("\0", "")}~`)
    .filter((text) => text.trim() === text);

  test("no message shows the token or the password, wherever they stand and however broken they are", () => {
    fc.assert(
      fc.property(secret, secret, fc.boolean(), (token, password, isEncoded) => {
        const inUrl = isEncoded ? encodeURIComponent(password) : password;
        const env = {
          APIFY_TOKEN: token,
          DATABASE_URL: `postgres://me:${inUrl}@db.example:5432/x?sslmode=never`,
          PAGE_SIZE: `${token}${inUrl}`,
          APIFY_API_BASE_URL: `https://user:${inUrl}@api.example/${encodeURIComponent(token)}?token=${token}`,
          LOG_LEVEL: inUrl,
          LOOKBACK: `${"x".repeat(60)}${password}`,
        };
        const error = failure(env);
        const told = `${error.message}\n${error.hint}\n${JSON.stringify(error.problems)}\n${String(error.stack)}`;
        for (const hidden of [token, password, inUrl, encodeURIComponent(token), password.slice(0, 7)])
          expect(told).not.toContain(hidden);
      }),
    );
  });

  test("the tokens of the pages and of the read API are secrets too, from a file or not", () => {
    const env = { HTTP_TOKEN: "page-token", API_TOKEN_FILE: "/run/token" };
    expect(toConfig(env, { token: false }, host).secrets.toSorted()).toEqual(["from-a-file", "page-token"]);
    const wrong = { HTTP_TOKEN: "page token", API_TOKEN_FILE: "/run/token", PAGE_SIZE: "from-a-file" };
    expect(failure(wrong, { token: false }).message).not.toMatch(/page token|from-a-file/);
  });

  test("every spelling of the password is among the secrets", () => {
    const { secrets } = toConfig(
      {
        APIFY_TOKEN: "a-token",
        DATABASE_URL: "postgres://me:p%40ss%2Fword@h/d?sslpassword=k%20y",
        PGPASSWORD: "fallback",
      },
      { token: true },
      host,
    );
    expect(secrets).toEqual(["a-token", "p%40ss%2Fword", "p@ss/word", "k%20y", "k y", "fallback"]);
  });

  test("a token in the wrong variable is not shown", () => {
    expect(failure({ PAGE_SIZE: "apify_api_AbC123", APIFY_TOKEN: "a-token" }).message).not.toContain(
      "AbC123",
    );
  });
});
