import { spawnSync } from "node:child_process";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../deploy/prometheus");

/** In CI it must be there: a skipped test would look like a passed one. */
export const isPromtoolMissing =
  process.env["CI"] === undefined && spawnSync("promtool", ["--version"]).error !== undefined;

export interface Checked {
  readonly code: number | null;
  /** Both streams, for the message of a failure. */
  readonly output: string;
}

/** Runs promtool (Debian: package prometheus) in deploy/prometheus. */
export function promtool(args: readonly string[], input = ""): Checked {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, {
    cwd: FOLDER,
    input,
    encoding: "utf8",
  });
  return { code: status, output: `${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}` };
}
