import { defineConfig } from "vitest/config";

/** The clients of BI tools for real; apart from `npm test`, since they are programs that have to be installed. */
export default defineConfig({
  test: {
    include: ["test/bi/clients/*.client.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
