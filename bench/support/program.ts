import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Characters of the output that are kept: enough to find an address in, or the reason of an early end. */
const KEPT = 4000;

export interface Program extends AsyncDisposable {
  /** Resolves with the match once the first lines of the output hold it. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  printedBytes(): number;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it gracefully. */
  stop(): Promise<number | null>;
}

/** Starts the program as a process of its own, with nothing of this one's environment but what it needs to run. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
    env: { PATH, HOME, ...env },
    // A folder without a .env of a developer's own.
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(([code]: Array<number | null>) => code ?? null);
  let [head, bytes] = ["", 0];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (head.length < KEPT) head += chunk.toString();
    });
  }
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return {
    ended,
    stop,
    printedBytes: () => bytes,
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(head);
        if (match !== null) return match;
        const more = Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]);
        if ((await Promise.race([more, ended.then(() => null)])) === null)
          throw new Error(`it ended without printing ${String(pattern)}:\n${head}`);
      }
    },
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
