import type { Problem, Reading } from "./problem.ts";

/** The token from APIFY_TOKEN or from the file that APIFY_TOKEN_FILE names; undefined if neither is set. */
export function readToken(
  token: string | undefined,
  file: string | undefined,
  readFile: (path: string) => string,
): Reading<string | undefined> {
  if (token !== undefined && file !== undefined) {
    return problem("APIFY_TOKEN", "APIFY_TOKEN_FILE set as well", "one of the two");
  }
  if (token !== undefined) return checked("APIFY_TOKEN", token);
  if (file === undefined) return { value: undefined };
  try {
    return checked("APIFY_TOKEN_FILE", readFile(file.trim()));
  } catch (error) {
    return problem("APIFY_TOKEN_FILE", unreadable(error), "the path of a file that this account may read");
  }
}

export const TOKEN_MISSING: Problem = {
  variable: "APIFY_TOKEN",
  found: "nothing",
  expected:
    "an API token (Apify Console > Settings > API & Integrations), or its file's path in APIFY_TOKEN_FILE",
};

/** The system's code and no more: whatever stands in the variable may be the token itself. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "error";
  return `a path that cannot be read (${code})`;
}

const TOKEN_LENGTH_MAX = 1000;

function checked(variable: string, text: string): Reading<string> {
  const token = text.replace(/\r?\n$/, "");
  const found = faultOf(token);
  if (found === undefined) return { value: token };
  return problem(variable, found, "an API token: visible ASCII characters without spaces and quotes");
}

/** What makes the text unfit for a header. */
function faultOf(token: string): string | undefined {
  if (token.trim() === "") return "an empty token";
  if (/\s/.test(token)) return "a token with a space or a line break in it (hidden)";
  if (/["'`]/.test(token)) return "a token with quotes (hidden)";
  if (/[^!-~]/.test(token)) return "a token with control or non-ASCII characters (hidden)";
  return token.length > TOKEN_LENGTH_MAX ? "a text too long for a token (hidden)" : undefined;
}

function problem(variable: string, found: string, expected: string): { readonly problem: Problem } {
  return { problem: { variable, found, expected } };
}
