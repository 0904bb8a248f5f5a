import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** A registry that does not answer must not hold up whoever runs the tests. */
const PULL_MS_MAX = 180_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export const BASE_IMAGES = ["node:24-bookworm-slim", "postgres:18"];
export const ROOT = new URL("../..", import.meta.url).pathname;

/** What a command printed, both streams; throws with it when the command fails. */
export async function docker(...args: string[]): Promise<string> {
  return command("docker", args);
}

export async function command(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, stderr } = await run(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return `${stdout}${stderr}`.trim();
}

/** How a command that should fail ended. */
export async function failure(...args: string[]): Promise<{ code: unknown; output: string }> {
  try {
    return { code: 0, output: await docker(...args) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stderr" in error)) throw error;
    return { code: error.code, output: String(error.stderr) };
  }
}

/** Why the image cannot be built here; null if it can. Pulls what is missing. */
export async function hindrance(): Promise<string | null> {
  try {
    await docker("version", "--format", "{{.Server.Version}}");
  } catch {
    return "no Docker engine answers";
  }
  for (const image of BASE_IMAGES) {
    const isThere = await works("docker", "image", "inspect", image);
    if (!isThere && !(await works("docker", "pull", "--quiet", image))) {
      return `the base image ${image} is neither here nor can it be pulled`;
    }
  }
  return null;
}

/** `docker compose`, or the older program `docker-compose`; null if there is neither. */
export async function composeProgram(): Promise<readonly string[] | null> {
  if (await works("docker", "compose", "version")) return ["docker", "compose"];
  if (await works("docker-compose", "version")) return ["docker-compose"];
  return null;
}

async function works(program: string, ...args: string[]): Promise<boolean> {
  return run(program, args, { timeout: PULL_MS_MAX }).then(
    () => true,
    () => false,
  );
}
