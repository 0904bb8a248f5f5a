import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { envelopeSchema } from "../../src/apify/contract.ts";
import { sandboxCommand } from "../../src/commands/sandbox.ts";
import { FAULT_NAMES } from "../../src/sandbox/fault-names.ts";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");

test("as a process it prints its URL and the command that mirrors it, serves, and ends with 0 on a signal", async () => {
  const args = ["sandbox", "--port", "0", "--datasets", "1234", "--token", "t", "--churn", "create=1/r"];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [text] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    const [url = "", ...rest] = String(text).split("\n");
    expect(rest.join("\n")).toContain(`APIFY_TOKEN=t APIFY_API_BASE_URL=${url} SOURCE_NAME=sandbox `);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await fetch(`${url}/v2/datasets?unnamed=true`, { headers: { authorization: "Bearer t" } });
    expect(envelopeSchema.parse(await answer.json()).data).toMatchObject({ total: 1235, count: 1000 });
  } finally {
    child.kill("SIGTERM");
  }
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});

test("it runs until its signal aborts", async () => {
  const stop = new AbortController();
  let printed = "";
  const command = sandboxCommand({ signal: stop.signal, env: { npm_lifecycle_event: "mirror" } });
  command.configureOutput({ writeOut: (text) => (printed += text) });
  const run = command.parseAsync(["--port", "0"], { from: "user" });
  await expect.poll(() => printed).toMatch(/SOURCE_NAME=sandbox npm run mirror -- sync\n$/);
  const url = printed.slice(0, printed.indexOf("\n"));
  expect((await fetch(`${url}/v2/datasets`)).status).toBe(401);
  stop.abort();
  await run;
  await expect(fetch(`${url}/v2/datasets`)).rejects.toThrow("fetch failed");
});

test("flags that cannot be read are refused before anything starts", async () => {
  const bad = [
    ["--port", "70000"],
    ["--datasets", "-1"],
    ["--rate", "0"],
    ["--latency", "soon"],
    ["--retention", "7"],
    ["--churn", "create=often"],
    ["--faults", "earthquake=1"],
  ];
  for (const args of bad) {
    const command = sandboxCommand({ signal: AbortSignal.abort(), env: {} });
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(args, { from: "user" })).rejects.toThrow(CommanderError);
  }
});

test("the help names every fault and shows examples", () => {
  let help = "";
  const command = sandboxCommand({ signal: AbortSignal.abort(), env: {} }).configureOutput({
    writeOut: (text) => (help += text),
  });
  command.outputHelp();
  for (const name of FAULT_NAMES) expect(help).toContain(name);
  expect(help).toContain("dataset-mirror sandbox --datasets 1000000");
});
