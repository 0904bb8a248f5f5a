/** What of the process this module needs; `process` itself fits. */
export interface EmbeddedHost {
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent on Windows. */
  geteuid?: () => number;
}

export function isRoot(host: EmbeddedHost): boolean {
  return host.geteuid?.() === 0;
}
