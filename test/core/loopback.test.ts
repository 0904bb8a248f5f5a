import { expect, test } from "vitest";

import { isLoopback } from "../../src/core/loopback.ts";

test.each(["localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "::ffff:127.0.0.1"])(
  "%s is this machine",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  ...["", "0.0.0.0", "::", "127.0.0.256", "127.0.0.1.example", "128.0.0.1", "::ffff:10.0.0.1"],
  ...["localhost.example", "127.1", "[127.0.0.1"],
])("%j is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});
