import type { EmbeddedHost } from "../mirror/embedded/options.ts";

/** What a command knows of the process it runs in; `src/main.ts` provides it, and a test its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the embedded database needs to know of the process. */
  readonly host: EmbeddedHost;
  /** Aborts on SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Calls back at every SIGHUP until disposed. */
  onHangup(listener: () => void): Disposable;
  /** From now on Ctrl-C is for a program that this process runs. */
  leaveInterrupts(): void;
  /** Sets the exit code of the process for when the command has ended. */
  exit(code: ExitCode): void;
}

/** 0 done; 1 failed, suspicious or stale; 2 bad configuration or usage; 3 another run holds the account. */
export type ExitCode = 0 | 1 | 2 | 3;

/** How a person who started this process starts `command`: by npm in a checkout, by its own name where it is installed. */
export function commandLine({ env }: Pick<Terminal, "env">, command: string): string {
  return env["npm_lifecycle_event"] === undefined
    ? `dataset-mirror ${command}`
    : `npm run mirror -- ${command}`;
}
