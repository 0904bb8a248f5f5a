import { expect, test } from "vitest";

import { findBrowser } from "./browser.ts";

const there = (path: string) => path === "/opt/b/chromium" || path === "/usr/bin/google-chrome";

test("the browser is the one that is named, or the first on the PATH", () => {
  expect(findBrowser({ CHROMIUM_PATH: "/opt/b/chromium", PATH: "/usr/bin" }, there)).toBe("/opt/b/chromium");
  expect(findBrowser({ PATH: "/bin:/usr/bin:/opt/b" }, there)).toBe("/opt/b/chromium");
  expect(findBrowser({ PATH: "/bin:/usr/bin" }, there)).toBe("/usr/bin/google-chrome");
  expect(() => findBrowser({ CHROMIUM_PATH: "/nowhere" }, there)).toThrow("/nowhere");
});

test("where there is none the tests are skipped, but in CI they fail", () => {
  expect(findBrowser({ PATH: "/bin" }, there)).toBeUndefined();
  expect(findBrowser({ PATH: "/bin", CI: "false" }, there)).toBeUndefined();
  expect(() => findBrowser({ PATH: "/bin", CI: "true" }, there)).toThrow("no Chromium");
});
