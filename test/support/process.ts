import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly pid: number | undefined;
  /** What was printed so far, on both streams. */
  output(): string;
  /** Resolves as soon as what was printed so far, on either stream, matches. */
  printed(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts the program as a process of its own, with nothing of this one's environment but what it needs to run. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  // A folder without a .env of a developer's own.
  cwd: string = import.meta.dirname,
): RunningProgram {
  return startProcess([process.execPath, MAIN, ...args], env, cwd);
}

/** The same for a whole command line. */
export function startProcess(
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string = import.meta.dirname,
): RunningProgram {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, args, { env: { PATH, HOME, ...env }, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, "close").then(([code]: Array<number | null>): Ended => ({
    code: code ?? null,
    ...output,
  }));
  return {
    ended,
    pid: child.pid,
    output: () => output.stdout + output.stderr,
    kill: (signal) => void child.kill(signal),
    async printed(pattern) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => pattern.test(output.stdout + output.stderr) && resolve();
      waiting.add(look);
      look();
      const isEarly = await Promise.race([
        promise.then(() => false),
        ended.then(() => !pattern.test(output.stdout + output.stderr)),
      ]);
      waiting.delete(look);
      if (isEarly)
        throw new Error(`it ended without printing ${String(pattern)}:\n${output.stdout}${output.stderr}`);
    },
  };
}

export function runProgram(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return startProgram(args, env).ended;
}
