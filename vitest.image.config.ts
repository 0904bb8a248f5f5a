import { defineConfig } from "vitest/config";

/** The image and compose.yaml for real; apart from `npm test`, since it takes a Docker engine and minutes. */
export default defineConfig({
  test: {
    include: ["test/image/*.docker.ts"],
    globalSetup: ["test/image/global-setup.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
