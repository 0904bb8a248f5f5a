import { defineConfig } from "vitest/config";

/** Programs that read Apify's list of datasets; apart from `npm test`, since they are installed from the registry. */
export default defineConfig({
  test: {
    include: ["test/api/clients.test.ts", "test/api/clients/*.client.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
