import { parseEnv } from "node:util";

import { codeOf } from "../core/errors.ts";
import type { Env } from "./host.ts";
import { ConfigError } from "./problem.ts";

const FILE = ".env";

/** The variables of the file `.env`, none if there is no such file. Throws a ConfigError if it cannot be read. */
export function readDotEnv(readFile: (path: string) => Buffer): Env {
  let bytes: Buffer;
  try {
    bytes = readFile(FILE);
  } catch (error) {
    const code = codeOf(error) ?? "error";
    if (code === "ENOENT") return {};
    throw unusable(code === "EISDIR" ? "a folder" : `a file that cannot be read (${code})`);
  }
  // Windows PowerShell's `>` writes UTF-16, in which a NUL stands beside every ASCII character.
  if (bytes.includes(0)) throw unusable("a file that is not UTF-8");
  return parseEnv(bytes.toString("utf8").replace(BYTE_ORDER_MARK, ""));
}

/** Editors on Windows put it in front, where it would become part of the first name. */
const BYTE_ORDER_MARK = /^\u{feff}/u;

function unusable(found: string): ConfigError {
  return new ConfigError(
    [{ variable: FILE, found, expected: "a text file in UTF-8, with lines NAME=value" }],
    [],
  );
}
