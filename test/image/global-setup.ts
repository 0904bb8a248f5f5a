import type { TestProject } from "vitest/node";

import { command, composeProgram, hindrance } from "./engine.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The image under test; null where none can be built. */
    image: string | null;
    /** The words that call compose; null where there is none. */
    compose: readonly string[] | null;
  }
}

const IMAGE = "apify-dataset-mirror:test";

/** Builds the image once. IMAGE_BUILD_ARGS goes to `docker build`, such as "--network host". */
export default async function setup(project: TestProject): Promise<void> {
  const reason = await hindrance();
  if (reason !== null) console.log(`skipped: ${reason}`);
  const compose = reason === null ? await composeProgram() : null;
  if (reason === null && compose === null) console.log("compose.yaml skipped: no docker compose here");
  if (reason === null) {
    const extra = (process.env["IMAGE_BUILD_ARGS"] ?? "").split(" ").filter((word) => word !== "");
    await command("docker", ["build", ...extra, "--tag", IMAGE, "."]);
  }
  project.provide("image", reason === null ? IMAGE : null);
  project.provide("compose", compose);
}
