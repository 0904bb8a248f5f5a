import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where `.ci/install-bi` puts a Python environment each for dbt and Superset. */
const ENVIRONMENTS = process.env["BI_ENVIRONMENTS"] ?? join(homedir(), ".cache/dataset-mirror-bi");

/** The folder of the programs of dbt or Superset. */
export function programsOf(client: "dbt" | "superset"): string {
  return join(ENVIRONMENTS, client, "bin");
}

/** Whether the programs are on the PATH and the files are there. */
export function areInstalled(programs: readonly string[], files: readonly string[]): boolean {
  return programs.every(isOnPath) && files.every((file) => existsSync(file));
}

function isOnPath(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v "$0" >/dev/null`, program]).status === 0;
}
