import { defineConfig } from "vitest/config";

const { FUZZ_MINUTES = "10" } = process.env;

/** Ten minutes of random input for each way in: the client, the read API, the HTTP port. */
export default defineConfig({
  test: {
    include: ["test/apify/client-fuzz.test.ts", "test/api/fuzz.test.ts", "test/ops/http-fuzz.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    env: { FUZZ_MINUTES },
    pool: "forks",
    maxWorkers: 2,
    // More than the tests give themselves.
    testTimeout: 120_000 + Number(FUZZ_MINUTES) * 60_000,
    hookTimeout: 120_000,
  },
});
