import { defineConfig } from "vitest/config";

/** Pictures of the status page, to be looked at: apart from `npm test`, since they prove nothing by themselves. */
export default defineConfig({
  test: {
    include: ["test/screenshots/*.shots.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
