import { codeOf } from "../core/errors.ts";
import type { Problem, Reading } from "./problem.ts";

type Env = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;

export const TOKEN_VARIABLES = ["APIFY_TOKEN", "API_TOKEN", "HTTP_TOKEN"] as const;
export type TokenVariable = (typeof TOKEN_VARIABLES)[number];

/** The token in `variable`, or in the file that `variable`_FILE names; undefined if neither is set. */
export function readToken(
  variable: TokenVariable,
  env: Env,
  readFile: ReadFile,
): Reading<string | undefined> {
  const token = env[variable];
  const fileVariable = `${variable}_FILE`;
  const path = env[fileVariable];
  if (token !== undefined && path !== undefined) {
    return problem(variable, `${fileVariable} set as well`, "one of the two");
  }
  if (token !== undefined) return check(variable, token, LENGTH_MIN[variable]);
  if (path === undefined) return { value: undefined };
  try {
    return check(fileVariable, readFile(path.trim()), LENGTH_MIN[variable]);
  } catch (error) {
    return problem(fileVariable, whyUnreadable(error), "the path of a file that this account may read");
  }
}

/** Every token that can be read, and what stands in a token's variable and cannot be used as one. */
export function tokensIn(env: Env, readFile: ReadFile): string[] {
  return TOKEN_VARIABLES.flatMap((variable) => {
    const reading = readToken(variable, env, readFile);
    return [env[variable]?.trim(), "value" in reading ? reading.value : undefined];
  }).filter((token) => token !== undefined);
}

export const APIFY_TOKEN_MISSING: Problem = {
  variable: "APIFY_TOKEN",
  found: "nothing",
  expected:
    "an API token (Apify Console > Settings > API & Integrations), or its file's path in APIFY_TOKEN_FILE",
};

/** The system's error code alone: the variable may hold a token instead of a path. */
export function whyUnreadable(error: unknown): string {
  return `a path that cannot be read (${codeOf(error) ?? "error"})`;
}

/** Apify issues its own tokens; the operator invents the other two, and a short one can be guessed. */
const LENGTH_MIN: Readonly<Record<TokenVariable, number>> = { APIFY_TOKEN: 1, API_TOKEN: 8, HTTP_TOKEN: 8 };
const LENGTH_MAX = 1000;

function check(variable: string, text: string, lengthMin: number): Reading<string> {
  const token = text.replace(/\r?\n$/, "");
  const fault = faultOf(token, lengthMin);
  if (fault === undefined) return { value: token };
  const length = lengthMin > 1 ? `at least ${lengthMin} ` : "";
  return problem(variable, fault, `a token: ${length}visible ASCII characters without spaces and quotes`);
}

/** Why the text cannot be sent in a header, or is not safe as a token. */
function faultOf(token: string, lengthMin: number): string | undefined {
  if (token.trim() === "") return "an empty token";
  if (/\s/.test(token)) return "a token with a space or a line break in it (hidden)";
  if (/["'`]/.test(token)) return "a token with quotes (hidden)";
  if (/[^!-~]/.test(token)) return "a token with control or non-ASCII characters (hidden)";
  if (token.length < lengthMin) return "a token that is too short (hidden)";
  return token.length > LENGTH_MAX ? "a text too long for a token (hidden)" : undefined;
}

function problem(variable: string, found: string, expected: string): { readonly problem: Problem } {
  return { problem: { variable, found, expected } };
}
