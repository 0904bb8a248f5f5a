import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";

import type { z } from "zod";

import { readAccounts } from "./config/accounts.ts";
import type { AccountsRead } from "./config/accounts.ts";
import { buildConfig } from "./config/build.ts";
import type { Config, FleetConfig } from "./config/build.ts";
import { passwordsOf, readDatabaseUrl } from "./config/database-url.ts";
import type { DatabaseUrl } from "./config/database-url.ts";
import type { ConfigHost, Env } from "./config/host.ts";
import { idleVariables } from "./config/idle.ts";
import { ConfigError, quoteFound } from "./config/problem.ts";
import type { Problem, Reading } from "./config/problem.ts";
import { APIFY_TOKEN_MISSING, readToken, tokensIn } from "./config/tokens.ts";
import { likelyTypos } from "./config/typos.ts";
import { VARIABLES, VARIABLE_NAMES } from "./config/variables.ts";
import { createRedactor } from "./core/secrets.ts";

export type { Config } from "./config/build.ts";
export type { ConfigHost, Env } from "./config/host.ts";
export { readDotEnv } from "./config/dotenv.ts";
export { ConfigError } from "./config/problem.ts";

/** One account with its token, or many. */
export type AccountsConfig =
  | (Config<string> & { readonly fleet: null })
  | (Config & { readonly fleet: FleetConfig });

export interface Needs {
  /** "each": that of the account of the variables, unless ACCOUNTS_FILE has others. */
  readonly token: boolean | "each";
}

/**
 * Reads and checks the variables, and the accounts that ACCOUNTS_FILE lists. An empty variable counts as unset. Throws a
 * ConfigError that names all that is wrong.
 */
export function toConfig(env: Env, needs: { readonly token: true }, host: ConfigHost): Config<string>;
export function toConfig(env: Env, needs: { readonly token: "each" }, host: ConfigHost): AccountsConfig;
export function toConfig(env: Env, needs: Needs, host: ConfigHost): Config;
export function toConfig(env: Env, needs: Needs, host: ConfigHost): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()));
  const typos = likelyTypos(given, VARIABLE_NAMES);
  const fleet = accountsIn(given, host);
  const needsToken = needs.token === "each" ? fleet === null : needs.token;
  const secrets = secretsIn(given, host);
  const problems: Problem[] = [];
  const valueOf = <T>(reading: Reading<T>): T | undefined => {
    if ("value" in reading) return reading.value;
    problems.push(reading.problem);
    return undefined;
  };
  const secretValues = {
    apifyToken: valueOf(readApifyToken(given, needsToken, host)),
    apiToken: valueOf(readToken("API_TOKEN", given, host.readFile)),
    httpToken: valueOf(readToken("HTTP_TOKEN", given, host.readFile)),
    database: valueOf(readDatabase(given, host)),
  };
  const values = VARIABLES.safeParse(given);
  const redact = createRedactor(secrets);
  problems.push(...(values.error?.issues ?? []).map((issue) => toProblem(issue, given, redact)));
  const all = [...inTableOrder(problems), ...(fleet?.problems ?? [])];
  if (!values.success || all.length > 0) throw new ConfigError(all, typos);
  const warnings = [
    ...typos,
    ...(secretValues.database?.warnings ?? []),
    ...idleVariables(given, !values.data.DATASETS_UNNAMED),
  ];
  const config = { ...buildConfig(values.data, secretValues, env, host), secrets, warnings };
  const { ACCOUNTS_FILE: file, FLEET_CONCURRENCY: concurrency } = values.data;
  if (fleet === null || file === undefined) return config;
  const accounts = fleet.accounts.map(({ values: own, apifyToken, apiToken }) => {
    const tokens = { ...secretValues, apifyToken, apiToken: apiToken ?? secretValues.apiToken };
    const built = buildConfig({ ...values.data, ...own }, tokens, env, host);
    return { ...built, api: { ...built.api, token: apifyToken }, secrets, warnings: [] };
  });
  return { ...config, fleet: { file: resolve(host.cwd, file), concurrency, accounts } };
}

/** Null: one account, that of the variables. */
function accountsIn(given: Env, { readFile }: Pick<ConfigHost, "readFile">): AccountsRead | null {
  const path = given["ACCOUNTS_FILE"]?.trim();
  if (path === undefined) return null;
  return readAccounts({
    path,
    env: given,
    readFile,
    redact: createRedactor(variableSecrets(given, readFile)),
  });
}

/** The secrets in an environment, whether or not its configuration can be used. */
export function secretsIn(env: Env, { readFile }: Pick<ConfigHost, "readFile">): string[] {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()));
  const tokens = accountsIn(given, { readFile })?.tokens ?? [];
  return [...new Set([...variableSecrets(given, readFile), ...tokens])];
}

function variableSecrets(given: Env, readFile: ConfigHost["readFile"]): string[] {
  const secrets = [...tokensIn(given, readFile), ...passwordsOf(given["DATABASE_URL"] ?? "")];
  // `pg` falls back on it when the URL holds no password.
  if (given["PGPASSWORD"] !== undefined) secrets.push(given["PGPASSWORD"]);
  return secrets;
}

/** What this process contributes. A user without an account, as systemd and Kubernetes make them, has no home. */
export function thisHost(findHome: () => string = homedir): ConfigHost {
  return {
    readFile: (path) => readFileSync(path, "utf8"),
    platform: process.platform,
    uid: process.getuid?.(),
    homedir: homeOr("/", findHome),
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY,
  };
}

function homeOr(fallback: string, findHome: () => string): string {
  try {
    return findHome();
  } catch {
    return fallback;
  }
}

/** A bad token does not stop a command that needs none. */
function readApifyToken(env: Env, isNeeded: boolean, host: ConfigHost): Reading<string | undefined> {
  const reading = readToken("APIFY_TOKEN", env, host.readFile);
  if (!isNeeded) return { value: "value" in reading ? reading.value : undefined };
  return "value" in reading && reading.value === undefined ? { problem: APIFY_TOKEN_MISSING } : reading;
}

function readDatabase(env: Env, host: ConfigHost): Reading<DatabaseUrl | undefined> {
  const text = env["DATABASE_URL"];
  return text === undefined ? { value: undefined } : readDatabaseUrl(text, host.readFile);
}

function toProblem(issue: z.core.$ZodIssue, env: Env, redact: (text: string) => string): Problem {
  const variable = String(issue.path[0]);
  const found: unknown = issue.code === "custom" ? issue.params?.["found"] : undefined;
  return {
    variable,
    found: typeof found === "string" ? found : quoteFound(env[variable] ?? "", redact),
    expected: issue.message,
  };
}

function inTableOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => VARIABLE_NAMES.indexOf(a.variable) - VARIABLE_NAMES.indexOf(b.variable));
}
