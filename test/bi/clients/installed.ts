import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Whether the programs are on the PATH and the files are there. */
export function areInstalled(programs: readonly string[], files: readonly string[]): boolean {
  return programs.every(isOnPath) && files.every((file) => existsSync(file));
}

function isOnPath(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v "$0" >/dev/null`, program]).status === 0;
}
