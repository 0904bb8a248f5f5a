export type Env = Readonly<Record<string, string | undefined>>;

/** What the machine contributes to the configuration, passed in so that `toConfig` stays pure. */
export interface ConfigHost {
  /** The text of a file; throws what node:fs throws. */
  readonly readFile: (path: string) => string;
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  readonly homedir: string;
  readonly cwd: string;
  /** Whether the log goes to a terminal. */
  readonly isTerminal: boolean;
}
