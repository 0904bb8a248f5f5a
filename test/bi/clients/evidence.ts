import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "../../support/embedded.ts";
import { startProcess } from "../../support/process.ts";
import { run } from "../reader.ts";
import type { Role } from "../reader.ts";

export const PROJECT = join(import.meta.dirname, "../../../deploy/evidence");
export const HAS_EVIDENCE = existsSync(join(PROJECT, "node_modules/@evidence-dev/evidence"));

/** Builds the static site as deploy/README.md tells, and returns what was printed. */
export async function buildSite({ role, password, host, port, database }: Role): Promise<string> {
  const options = { user: role, password, host, port, database };
  const env = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`EVIDENCE_SOURCE__mirror__${name}`, value]),
  );
  for (const folder of ["build", ".evidence"])
    await rm(join(PROJECT, folder), { recursive: true, force: true });
  const inProject = { cwd: PROJECT, env: { ...env, SEND_ANONYMOUS_USAGE_STATS: "no" } };
  const sources = await run("npm", ["run", "sources"], inProject);
  return sources + (await run("npm", ["run", "build"], inProject));
}

export interface Site extends AsyncDisposable {
  readonly url: string;
}

/** Serves what was built. */
export async function serveSite(): Promise<Site> {
  const port = String(await freePort());
  const preview = startProcess(
    [
      process.execPath,
      join(PROJECT, "node_modules/vite/bin/vite.js"),
      "preview",
      "--port",
      port,
      "--host",
      "127.0.0.1",
    ],
    {},
    join(PROJECT, ".evidence/template"),
  );
  await preview.printed(/Local:/);
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      preview.kill("SIGTERM");
      await preview.ended;
    },
  };
}
