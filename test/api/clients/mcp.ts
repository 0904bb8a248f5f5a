import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { z } from "zod";

const answerSchema = z.object({ id: z.number(), result: z.unknown() });
const VERSION = "2025-06-18";

/** A server of the Model Context Protocol that is asked over its standard input and output. */
export interface McpServer extends Disposable {
  /** What a tool answers, as data. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** Starts the server of a command line, with nothing of this process's environment but what it needs to run. */
export async function startMcpServer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<McpServer> {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, args, { env: { PATH, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let last = 0;
  const ask = async (method: string, params: object) => {
    const id = (last += 1);
    send({ id, method, params });
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      const answer = answerSchema.safeParse(JSON.parse(line.value));
      if (answer.data?.id === id) return answer.data.result;
    }
    throw new Error(`the server ended without an answer to ${method}`);
  };
  const clientInfo = { name: "dataset-mirror-test", version: "1" };
  await ask("initialize", { protocolVersion: VERSION, capabilities: {}, clientInfo });
  send({ method: "notifications/initialized" });
  return {
    call: (name, given) => ask("tools/call", { name, arguments: given }),
    [Symbol.dispose]: () => void child.kill(),
  };
}
