import { expect, test } from "vitest";

import { readDotEnv } from "../../src/config/dotenv.ts";
import { ConfigError } from "../../src/config/problem.ts";

function failing(code: string) {
  return (): never => {
    throw Object.assign(new Error(code), { code });
  };
}

test("the file's variables are read, with a byte order mark in front or not", () => {
  const text = 'APIFY_TOKEN=a-token # mine\nSOURCE_NAME="my account"\n';
  const variables = { APIFY_TOKEN: "a-token", SOURCE_NAME: "my account" };
  expect(readDotEnv(() => Buffer.from(text))).toEqual(variables);
  expect(readDotEnv(() => Buffer.from(`\u{feff}${text}`))).toEqual(variables);
});

test("no file is no variables", () => {
  expect(readDotEnv(failing("ENOENT"))).toEqual({});
});

test.each([
  ["a folder", failing("EISDIR"), ".env: found a folder, expected a text file in UTF-8"],
  ["a file without permission", failing("EACCES"), ".env: found a file that cannot be read (EACCES)"],
  ["UTF-16", () => Buffer.from("\u{feff}A=1\n", "utf16le"), ".env: found a file that is not UTF-8"],
])("%s is refused in one sentence", (_, readFile, sentence) => {
  expect(() => readDotEnv(readFile)).toThrow(ConfigError);
  expect(() => readDotEnv(readFile)).toThrow(sentence);
});
