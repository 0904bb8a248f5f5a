import * as fc from "fast-check";
import { expect, test } from "vitest";

import { createRedactor } from "../../src/core/secrets.ts";

test("a secret is masked in every form it may take", () => {
  const secret = "p@ss\"w/o%r'd";
  const hide = createRedactor([secret]);
  const encoded = encodeURIComponent(secret);
  const lower = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  for (const spelling of [secret, encoded, lower, encoded.replace("'", "%27"), JSON.stringify(secret)]) {
    expect(hide(`<${spelling}>`)).toMatch(/^<"?\*\*\*"?>$/);
  }
});

test("the longer of two secrets is masked first, so that no part of it remains", () => {
  expect(createRedactor(["secret", "secret-and-more"])("a secret-and-more b")).toBe("a *** b");
});

test("a secret so short that any text may contain it is left alone", () => {
  expect(createRedactor(["pg", ""])("pg is up")).toBe("pg is up");
});

test("no text contains the secret afterwards", () => {
  // With a star in it, the mask and its neighbours could spell the secret by chance.
  const secret = fc.string({ unit: "binary", minLength: 4 }).filter((text) => !text.includes("*"));
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
      expect(createRedactor([hidden])(before + hidden + after + hidden)).not.toContain(hidden);
    }),
  );
});
