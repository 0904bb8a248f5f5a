import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The programs of package.json, in a folder that is gone when disposed. */
export interface Programs extends AsyncDisposable {
  /** The home of whoever runs them. */
  readonly home: string;
  /** A command, for `node`. */
  command(name: string): string;
}

export async function installPrograms(): Promise<Programs> {
  const home = await mkdtemp(join(tmpdir(), "dataset-mirror-clients-"));
  await copyFile(join(import.meta.dirname, "package.json"), join(home, "package.json"));
  await promisify(execFile)("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: home });
  return {
    home,
    command: (name) => join(home, "node_modules/.bin", name),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}
