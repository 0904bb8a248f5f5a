import type { BaseLogger } from "pino";

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** Address or name to listen on, besides 127.0.0.1. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Pick<BaseLogger, "debug" | "warn">;
  readonly parent: EmbeddedHost;
  /** Ends a start, not the running server. */
  readonly signal: AbortSignal;
  /** Further `name=value` settings of postgresql.conf, for a server that is started. */
  readonly settings?: readonly string[];
}

/** What the embedded database needs of this process; `process` itself fits. */
export interface EmbeddedHost {
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent on Windows. */
  geteuid?: () => number;
  kill(pid: number, signal: 0): true;
  on(event: "exit", listener: () => void): unknown;
  off(event: "exit", listener: () => void): unknown;
}

export function isRoot(host: EmbeddedHost): boolean {
  return host.geteuid?.() === 0;
}
