/** apify-cli and Apify's MCP server, on an account and on its mirror: they must not tell one from the other. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { startProcess } from "../../support/process.ts";
import { openTwoLists } from "../../support/two-lists.ts";
import type { Served, TwoLists } from "../../support/two-lists.ts";
import { installPrograms } from "./install.ts";
import type { Programs } from "./install.ts";
import { startMcpServer } from "./mcp.ts";

let stack: AsyncDisposableStack;
let programs: Programs;
let lists: TwoLists;
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  programs = stack.use(await installPrograms());
  lists = stack.use(await openTwoLists());
});
afterAll(() => stack.disposeAsync());

/** The shell of somebody who has logged in with apify-cli: runs one command and returns the JSON that it prints. */
async function logIn({ url, token }: Served): Promise<(command: string) => Promise<unknown>> {
  const home = join(programs.home, new URL(url).port);
  await mkdir(home);
  const env = {
    HOME: home,
    APIFY_CLIENT_BASE_URL: url,
    APIFY_DISABLE_KEYRING: "1",
    APIFY_CLI_DISABLE_TELEMETRY: "1",
    APIFY_CLI_SKIP_UPDATE_CHECK: "1",
  };
  const run = async (command: string) => {
    const line = [process.execPath, programs.command("apify"), ...command.split(" ")];
    const { code, stdout, stderr } = await startProcess(line, env).ended;
    if (code !== 0) throw new Error(`apify ${command} ended with ${code}: ${stderr}`);
    return stdout;
  };
  await run(`login --token ${token}`);
  return async (command) => JSON.parse(await run(`${command} --json`));
}

test("apify-cli logs in, and lists and shows the same datasets", async () => {
  const [original, mirrored] = [await logIn(lists.original), await logIn(lists.mirrored)];
  const commands = [
    "datasets ls",
    "datasets ls --unnamed --desc --limit 1000",
    "datasets ls --unnamed --offset 7 --limit 20",
    // Of a dataset that an Actor wrote it shows the Actor, too, which no mirror knows.
    `datasets info ${lists.byHand}`,
  ];
  for (const command of commands) {
    const expected = await original(command);
    expect(JSON.stringify(expected)).toContain('"itemCount":');
    expect(await mirrored(command), command).toEqual(expected);
  }
});

/** What a tool answers as data; it comes as text, too. */
const answerSchema = z.object({ structuredContent: z.record(z.string(), z.unknown()) });

async function startMcp({ url, token }: Served) {
  const args = [programs.command("actors-mcp-server"), "--tools", "storage", "--telemetry-enabled", "false"];
  const env = { APIFY_TOKEN: token, APIFY_API_BASE_URL: url, HOME: programs.home };
  const server = stack.use(await startMcpServer(args, env));
  return async (tool: string, given: Readonly<Record<string, unknown>>) =>
    answerSchema.parse(await server.call(tool, given)).structuredContent;
}

test("Apify's MCP server lists and shows the same datasets", async () => {
  const [original, mirrored] = [await startMcp(lists.original), await startMcp(lists.mirrored)];
  const calls = [
    ["get-dataset-list", {}],
    ["get-dataset-list", { unnamed: true, desc: true, offset: 5, limit: 20 }],
    ["get-dataset", { datasetId: lists.byHand }],
  ] as const;
  for (const [tool, given] of calls) {
    const expected = await original(tool, given);
    expect(JSON.stringify(expected)).toContain('"itemCount":');
    expect(await mirrored(tool, given), tool).toEqual(expected);
  }
});
