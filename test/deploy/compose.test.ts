import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { readDotEnv, toConfig } from "../../src/config.ts";
import { host } from "../config/host.ts";

const Compose = z.object({ services: z.object({ mirror: z.object({ entrypoint: z.array(z.string()) }) }) });

/** Runs the script of the container's entry point, with a `node` that does nothing; what a command run beside it reads. */
function configBeside(token: string) {
  const text = readFileSync(join(import.meta.dirname, "../../compose.yaml"), "utf8");
  const [shell = "", ...args] = Compose.parse(parse(text)).services.mirror.entrypoint;
  // What compose itself puts in, and the dollar signs that it leaves.
  const words = args.map((arg) => arg.replaceAll(/\$\{\w+:-(\w*)\}/g, "$1").replaceAll("$$", "$"));
  const folder = mkdtempSync(join(tmpdir(), "dataset-mirror-test-"));
  try {
    writeFileSync(join(folder, "node"), "#!/bin/sh\n", { mode: 0o755 });
    const env = { PATH: `${folder}:/usr/bin:/bin`, APIFY_TOKEN: token };
    const { status, stderr } = spawnSync(shell, words, { cwd: folder, env, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const file = readDotEnv((path) => readFileSync(join(folder, path)));
    return toConfig({ ...file, ...(token && { APIFY_TOKEN: token }) }, { token: true }, host);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a command run in the container of the demo looks at the sandbox", () => {
  expect(configBeside("")).toMatchObject({
    api: { token: "sandbox-token" },
    source: { name: "sandbox" },
    sync: { cron: "*/5 * * * * *", lookbackMs: 30_000 },
  });
});

test("with a token it looks at the account", () => {
  expect(configBeside("a-token")).toMatchObject({ api: { token: "a-token" }, source: { name: "default" } });
});
