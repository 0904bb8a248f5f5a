import * as fc from "fast-check";
import { expect, test } from "vitest";

import { QUOTE_MAX, printable, printableJson, quotable } from "../../src/core/text.ts";

test("keeps a short plain line as it is", () => {
  expect(quotable("Rate limit exceeded. Größe: 5 €")).toBe("Rate limit exceeded. Größe: 5 €");
});

test("takes out terminal escapes, overrides of direction and line ends", () => {
  expect(quotable("\u001B[31mred\u001B[0m\r\nnext\u202Eevil\u2028line\u0000\u009B")).toBe(
    "[31mred [0m next evil line",
  );
});

test("masks the secret, also where the cut would halve it", () => {
  expect(quotable("your token s3cret is s3cret", "s3cret")).toBe("your token *** is ***");
  const text = "x".repeat(QUOTE_MAX - 3) + "s3cret";
  expect(quotable(text, "s3cret")).not.toContain("s3");
});

test("several lines keep their breaks and tabs, and lose what could steer a terminal", () => {
  expect(printable("a\tb\r\n\u001B[2Jc\u202Ed\u2028e")).toBe("a\tb\uFFFD\n\uFFFD[2Jc\uFFFDd\uFFFDe");
});

test("JSON says the same without control characters", () => {
  const value = { name: "a\u009Bb\u202E\u{E0041}c" };
  const json = printableJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toContain("a\\u009bb\\u202e\\udb40\\udc41c");
});

test("joiners stay: Persian and emoji need them", () => {
  const text = "می\u200Cخواهم \u{1F469}\u200D\u{1F4BB}";
  expect(quotable(text)).toBe(text);
});

test("anything becomes one short well-formed line without control characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 600 }), fc.nat(100), (text, max) => {
      const line = quotable(text, "", max);
      expect(line.length).toBeLessThanOrEqual(max + 1);
      expect(line.isWellFormed()).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u);
    }),
  );
});
