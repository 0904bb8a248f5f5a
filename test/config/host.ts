import { ConfigError, toConfig } from "../../src/config.ts";
import type { Env, ConfigHost } from "../../src/config.ts";

const FILES: Readonly<Record<string, string>> = { "/run/token": "from-a-file\r\n", "/run/empty": "\n" };

/** A machine with two files. */
export const host: ConfigHost = {
  readFile(path) {
    const text = FILES[path];
    if (text === undefined)
      throw Object.assign(new Error(`ENOENT: no such file, '${path}'`), { code: "ENOENT" });
    return text;
  },
  platform: "linux",
  uid: 1000,
  homedir: "/home/me",
  cwd: "/srv",
  isTerminal: false,
};

/** What `toConfig` throws. */
export function failure(env: Env, needs = { token: true }): ConfigError {
  try {
    toConfig(env, needs, host);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("toConfig accepted what it should refuse");
}
