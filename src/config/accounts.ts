/** The file of accounts: many accounts in one mirror, each with what it sets itself and the environment for the rest. */
import type { z } from "zod";

import { quotable } from "../core/text.ts";
import type { Env } from "./host.ts";
import { quoteFound } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { readToken, whyUnreadable } from "./tokens.ts";
import { VARIABLES } from "./variables.ts";

const VALUES = VARIABLES.pick({
  APIFY_API_BASE_URL: true,
  SOURCE_NAME: true,
  DATASETS_UNNAMED: true,
  DATASETS_OWNERSHIP: true,
  SYNC_CRON: true,
  NAMED_SYNC_CRON: true,
  FULL_SYNC_CRON: true,
  PAGE_SIZE: true,
  LOOKBACK: true,
  REMOVAL_GRACE: true,
  REMOVAL_BRAKE: true,
  MAX_REQUESTS_PER_SECOND: true,
});
type AccountValues = z.output<typeof VALUES>;

/** The keys of an account, and the variables that they stand for. */
export const ACCOUNT_KEYS: Readonly<Record<string, string>> = {
  name: "SOURCE_NAME",
  tokenFile: "APIFY_TOKEN_FILE",
  apiBaseUrl: "APIFY_API_BASE_URL",
  unnamed: "DATASETS_UNNAMED",
  ownership: "DATASETS_OWNERSHIP",
  syncCron: "SYNC_CRON",
  namedSyncCron: "NAMED_SYNC_CRON",
  fullSyncCron: "FULL_SYNC_CRON",
  pageSize: "PAGE_SIZE",
  lookback: "LOOKBACK",
  removalGrace: "REMOVAL_GRACE",
  removalBrake: "REMOVAL_BRAKE",
  maxRequestsPerSecond: "MAX_REQUESTS_PER_SECOND",
  apiTokenFile: "API_TOKEN_FILE",
};

export interface Account {
  readonly values: AccountValues;
  readonly apifyToken: string;
  /** Undefined: that of the environment, if there is one. */
  readonly apiToken: string | undefined;
}

export interface AccountsRead {
  readonly accounts: readonly Account[];
  /** All that is wrong, by account and key; where there is something, `accounts` holds the others. */
  readonly problems: readonly Problem[];
  /** Every token that could be read, also of entries that cannot be used. */
  readonly tokens: readonly string[];
}

export interface AccountsSource {
  readonly path: string;
  /** Variables that are not blank. */
  readonly env: Env;
  readonly readFile: (path: string) => string;
  /** Strikes the secrets of the environment from what is quoted. */
  readonly redact: (text: string) => string;
}

/** Reads and checks the file; never throws. No problem holds a token. */
export function readAccounts(source: AccountsSource): AccountsRead {
  const entries = entriesOf(source);
  if ("problem" in entries) return { accounts: [], problems: [entries.problem], tokens: [] };
  const read = entries.value.map((entry, index) => readAccount(entry, index, source));
  const accounts = read.flatMap(({ account }) => (account === null ? [] : [account]));
  return {
    accounts,
    problems: [...read.flatMap(({ problems }) => problems), ...repeatedNames(entries.value)],
    tokens: read.flatMap(({ tokens }) => tokens),
  };
}

function entriesOf({ path, readFile }: AccountsSource): { value: readonly unknown[] } | { problem: Problem } {
  const expected =
    'a JSON file: a list of accounts such as {"name": "acme", "tokenFile": "/run/secrets/acme"}';
  const refused = (found: string) => ({ problem: { variable: FILE, found, expected } });
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return refused(whyUnreadable(error));
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\u{feff}/u, ""));
    if (!Array.isArray(value)) return refused("a file that holds no list");
    return value.length === 0 ? refused("a file without accounts") : { value };
  } catch (error) {
    // The error quotes the text around the fault, where a token may stand.
    const where = /line \d+ column \d+/.exec(error instanceof Error ? error.message : "")?.[0];
    return refused(`a file that is not JSON${where === undefined ? "" : ` (${where})`}`);
  }
}

const FILE = "ACCOUNTS_FILE";

function readAccount(
  entry: unknown,
  index: number,
  { env, readFile, redact }: AccountsSource,
): { account: Account | null; problems: Problem[]; tokens: string[] } {
  const who = labelOf(entry, index);
  const problems: Problem[] = [];
  const refuse = (key: string, found: string, expected: string) =>
    problems.push({ variable: `${FILE}, ${who}${key === "" ? "" : `, ${key}`}`, found, expected });
  if (!isObject(entry)) {
    refuse("", "no object", 'an object with at least "name" and "tokenFile"');
    return { account: null, problems, tokens: [] };
  }
  const given = textsOf(entry, refuse);
  const token = (variable: "APIFY_TOKEN" | "API_TOKEN") => {
    const file = `${variable}_FILE`;
    const reading = readToken(variable, { [file]: given.get(file) }, readFile);
    if ("value" in reading) return reading.value;
    refuse(keyOf(file), reading.problem.found, reading.problem.expected);
    return undefined;
  };
  for (const key of ["name", "tokenFile"]) {
    if (!(key in entry)) refuse(key, "nothing", EXPECTED[key] ?? "a value");
  }
  const apifyToken = token("APIFY_TOKEN");
  const apiToken = token("API_TOKEN");
  const values = VALUES.safeParse({ ...env, ...Object.fromEntries(given) });
  for (const { path, message, ...issue } of values.error?.issues ?? []) {
    const variable = String(path[0]);
    const text = given.get(variable);
    // What the environment says is checked, and told, with the variables.
    if (text === undefined) continue;
    const found: unknown = issue.code === "custom" ? issue.params?.["found"] : undefined;
    refuse(keyOf(variable), typeof found === "string" ? found : quoteFound(text, redact), message);
  }
  const isWhole = values.success && apifyToken !== undefined && problems.length === 0;
  const tokens = [apifyToken, apiToken].filter((text) => text !== undefined);
  return { account: isWhole ? { values: values.data, apifyToken, apiToken } : null, problems, tokens };
}

const EXPECTED: Readonly<Record<string, string>> = {
  name: "the account's name in the mirror",
  tokenFile: "the path of a file that holds the account's API token",
};

/** What the entry sets, as the variables would have it. */
function textsOf(
  entry: Readonly<Record<string, unknown>>,
  refuse: (key: string, found: string, expected: string) => void,
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(entry)) {
    const variable = Object.hasOwn(ACCOUNT_KEYS, key) ? ACCOUNT_KEYS[key] : undefined;
    if (variable === undefined) {
      // Its value is not quoted: it may be a token.
      refuse(quotable(key), "an unknown key", `one of ${Object.keys(ACCOUNT_KEYS).join(", ")}`);
    } else if (isScalar(value) && value !== "") texts.set(variable, String(value));
    else refuse(key, value === "" ? "an empty text" : "no text", "a text, a number, true or false");
  }
  return texts;
}

function keyOf(variable: string): string {
  return Object.keys(ACCOUNT_KEYS).find((key) => ACCOUNT_KEYS[key] === variable) ?? variable;
}

function repeatedNames(entries: readonly unknown[]): Problem[] {
  const names = entries.flatMap((entry) => (isObject(entry) ? [entry["name"]] : []));
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].flatMap((name) =>
    typeof name === "string"
      ? [
          {
            variable: `${FILE}, account ${JSON.stringify(quotable(name))}, name`,
            found: `${names.filter((other) => other === name).length} accounts of this name`,
            expected: "another name for each",
          },
        ]
      : [],
  );
}

function labelOf(entry: unknown, index: number): string {
  const name = isObject(entry) ? entry["name"] : undefined;
  return typeof name === "string" && name !== ""
    ? `account ${JSON.stringify(quotable(name))}`
    : `account ${index + 1}`;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
