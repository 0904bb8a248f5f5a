import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { readDotEnv, toConfig } from "../../src/config.ts";
import { host } from "../config/host.ts";

const Entry = z.object({ entrypoint: z.array(z.string()) });
const Compose = z.object({ services: z.object({ mirror: Entry, passwords: Entry }) });
const { services } = Compose.parse(
  parse(readFileSync(join(import.meta.dirname, "../../compose.yaml"), "utf8")),
);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dataset-mirror-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script of a container's entry point, with a `node` that does nothing. */
function start(service: keyof typeof services, env: Readonly<Record<string, string>> = {}): void {
  const [shell = "", ...args] = services[service].entrypoint;
  const words = args.map((arg) =>
    arg
      // What compose itself puts in, and the dollar signs that it leaves.
      .replaceAll(/\$\{\w+:-(\w*)\}/g, "$1")
      .replaceAll("$$", "$")
      .replaceAll("/run/passwords", folder),
  );
  writeFileSync(join(folder, "node"), "#!/bin/sh\n", { mode: 0o755 });
  const PATH = `${folder}:/usr/bin:/bin`;
  const { status, stderr } = spawnSync(shell, words, {
    cwd: folder,
    env: { PATH, ...env },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
}

const textOf = (name: string) => readFileSync(join(folder, name), "utf8").trim();

/** What a command reads that is run beside the service. */
function configBeside(token: string) {
  start("passwords");
  start("mirror", { APIFY_TOKEN: token });
  const file = readDotEnv((path) => readFileSync(join(folder, path)));
  return toConfig({ ...file, ...(token && { APIFY_TOKEN: token }) }, { token: true }, host);
}

test("a command run in the container of the demo looks at the sandbox, with the password", () => {
  const config = configBeside("");
  expect(config).toMatchObject({
    api: { token: "sandbox-token" },
    source: { name: "sandbox" },
    sync: { cron: "*/5 * * * * *", lookbackMs: 30_000 },
  });
  expect(config.secrets).toContain(textOf("postgres"));
});

test("with a token it looks at the account", () => {
  expect(configBeside("a-token")).toMatchObject({ api: { token: "a-token" }, source: { name: "default" } });
});

test("passwords are made once, long and not the same; one that is given is taken", () => {
  start("passwords");
  const [database, grafana] = [textOf("postgres"), textOf("grafana")];
  expect(database).toMatch(/^[\w-]{32}$/);
  expect(grafana).toMatch(/^[\w-]{32}$/);
  expect(grafana).not.toBe(database);
  start("passwords");
  expect([textOf("postgres"), textOf("grafana")]).toEqual([database, grafana]);
  start("passwords", { POSTGRES_PASSWORD: "a given one" });
  expect([textOf("postgres"), textOf("grafana")]).toEqual(["a given one", grafana]);
});

const read = (path: string) => readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const pairs = (found: readonly RegExpExecArray[]) => new Map(found.map(([, name, tag]) => [name, tag]));

test("deploy/images.env has the digest of every image that is taken by tag otherwise", () => {
  const pinned = [...read("deploy/images.env").matchAll(/^(\w+)=(\S+)@sha256:[0-9a-f]{64}$/gm)];
  const files = ["Dockerfile", "compose.yaml", "deploy/compose.monitoring.yaml"].map(read).join("\n");
  const tagged = [...files.matchAll(/(\w+_IMAGE)(?::-|=)([\w./]+:[\w.-]+)/g)];
  expect(pairs(tagged).size).toBe(4);
  expect(pairs(pinned)).toEqual(pairs(tagged));
});
