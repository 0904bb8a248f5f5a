import { expect, test } from "vitest";

import { apiUrl } from "../../src/config/api-url.ts";

test.each([
  ["https://api.apify.com", "https://api.apify.com/"],
  [" https://api.apify.com/ ", "https://api.apify.com/"],
  ["https://api.apify.com/v2/", "https://api.apify.com/"],
  ["https://gateway.example/apify/", "https://gateway.example/apify"],
  ["https://gateway.example/apify/v2", "https://gateway.example/apify"],
  ["http://localhost:4010", "http://localhost:4010/"],
  ["http://127.8.9.1:4010", "http://127.8.9.1:4010/"],
  ["http://127.1", "http://127.0.0.1/"],
  ["http://[::1]:4010", "http://[::1]:4010/"],
])("%s is %s", (text, href) => {
  expect(apiUrl().parse(text).href).toBe(href);
});

test.each([
  "http://api.apify.com",
  "http://128.0.0.1",
  "http://localhost.example.com",
  "http://127.0.0.1.example.com",
  "http://[::2]",
  "https://user@api.apify.com",
  "https://:word@api.apify.com",
  "https://api.apify.com/?token=x",
  "https://api.apify.com/#x",
  "ftp://localhost",
  "api.apify.com",
  "//localhost",
])("%s is refused", (text) => {
  expect(apiUrl().safeParse(text).success).toBe(false);
});
