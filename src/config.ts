import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";

import type { z } from "zod";

import { readDatabaseUrl, passwordsOf } from "./config/database-url.ts";
import type { DatabaseUrl } from "./config/database-url.ts";
import { shown } from "./config/problem.ts";
import type { Problem, Reading } from "./config/problem.ts";
import { TOKEN_MISSING, readToken } from "./config/token.ts";
import { likelyTypos } from "./config/typos.ts";
import { VARIABLES, VARIABLE_NAMES } from "./config/variables.ts";
import type { Values } from "./config/variables.ts";
import { OperatorError } from "./core/errors.ts";
import { createRedactor } from "./core/secrets.ts";
import { defaultDataDir } from "./mirror/embedded/data-dir.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** What the machine contributes to the configuration, handed in so that `toConfig` stays pure. */
export interface ConfigHost {
  /** The text of a file; throws what node:fs throws. */
  readonly readFile: (path: string) => string;
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  readonly homedir: string;
  readonly cwd: string;
  /** Of the stream that the log goes to. */
  readonly isTerminal: boolean;
}

/** Everything that can be set, read and checked. Durations are milliseconds. */
export interface Config<Token extends string | undefined = string | undefined> {
  readonly api: {
    readonly token: Token;
    /** Without `/v2`, query, fragment and trailing slash, save that of an empty path. */
    readonly baseUrl: URL;
    readonly requestTimeoutMs: number;
    readonly maxRequestsPerSecond: number;
    readonly maxConcurrency: number;
  };
  readonly database: EmbeddedDatabaseConfig | ExternalDatabaseConfig;
  readonly source: {
    readonly name: string;
    readonly unnamed: boolean;
    readonly ownership: "ownedByMe" | "sharedWithMe" | undefined;
  };
  readonly sync: {
    readonly cron: string;
    readonly fullCron: string;
    readonly pageSize: number;
    readonly lookbackMs: number;
    readonly removalGraceMs: number;
    /** Share of the live rows, 0 to 1. */
    readonly removalBrake: number;
  };
  readonly http: { readonly host: string; readonly port: number };
  readonly log: { readonly level: Values["LOG_LEVEL"]; readonly format: "pretty" | "json" };
  /** What must appear in no line that is written. */
  readonly secrets: readonly string[];
  /** One sentence each about what is set and probably not meant so. */
  readonly warnings: readonly string[];
}

export interface EmbeddedDatabaseConfig {
  readonly kind: "embedded";
  /** An absolute path. */
  readonly dataDir: string;
  readonly port: number;
}

export interface ExternalDatabaseConfig {
  readonly kind: "external";
  /** For `pg`; holds the password. */
  readonly url: string;
}

/** The variables that cannot be used, all at once; no secret is in the message. */
export class ConfigError extends OperatorError {
  override name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], warnings: readonly string[]) {
    const lines = problems.map(
      ({ variable, found, expected }) => `${variable}: found ${found}, expected ${expected}`,
    );
    const count = problems.length === 1 ? "one variable is" : `${problems.length} variables are`;
    const hint = ["Set them in the environment or in the file .env; README.md lists all.", ...warnings].join(
      "\n",
    );
    super([`The configuration cannot be used: ${count} wrong`, ...lines].join("\n  "), { hint });
    this.problems = problems;
  }
}

/** Reads and checks the variables. An empty one counts as unset. Throws a ConfigError that names every bad one. */
export function toConfig(env: Env, needs: { readonly token: true }, host: ConfigHost): Config<string>;
export function toConfig(env: Env, needs: { readonly token: boolean }, host: ConfigHost): Config;
export function toConfig(env: Env, needs: { readonly token: boolean }, host: ConfigHost): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()));
  const typos = likelyTypos(given, VARIABLE_NAMES);
  const values = VARIABLES.safeParse(given);
  const token = tokenOf(given, needs.token, host);
  const database = databaseOf(given, host);
  if (values.success && "value" in token && "value" in database) {
    const secrets = secretsOf(given, token.value);
    const warnings = [...typos, ...(database.value?.warnings ?? []), ...idleVariables(given)];
    return build(values.data, token.value, database.value, { env, host, secrets, warnings });
  }
  const hide = createRedactor(secretsOf(given, "value" in token ? token.value : undefined));
  const problems = values.error?.issues.map((issue) => problemOf(issue, given, hide)) ?? [];
  for (const reading of [token, database]) if ("problem" in reading) problems.push(reading.problem);
  throw new ConfigError(inOrder(problems), typos);
}

/** The secrets that an environment holds, whether or not the configuration can be used. */
export function secretsIn(env: Env, { readFile }: Pick<ConfigHost, "readFile">): string[] {
  const token = readToken(env["APIFY_TOKEN"] || undefined, env["APIFY_TOKEN_FILE"] || undefined, readFile);
  return secretsOf(env, "value" in token ? token.value : undefined);
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

interface Surroundings extends Pick<Config, "secrets" | "warnings"> {
  readonly env: Env;
  readonly host: ConfigHost;
}

function build(
  values: Values,
  token: string | undefined,
  database: DatabaseUrl | undefined,
  { env, host, secrets, warnings }: Surroundings,
): Config {
  const dataDir = values.DATA_DIR ?? defaultDataDir(env, host.platform, host.uid, host.homedir);
  return {
    api: {
      token,
      baseUrl: values.APIFY_API_BASE_URL,
      requestTimeoutMs: values.REQUEST_TIMEOUT,
      maxRequestsPerSecond: values.MAX_REQUESTS_PER_SECOND,
      maxConcurrency: values.MAX_CONCURRENCY,
    },
    database:
      database === undefined
        ? { kind: "embedded", dataDir: resolve(host.cwd, dataDir), port: values.EMBEDDED_PORT }
        : { kind: "external", url: database.url },
    source: {
      name: values.SOURCE_NAME,
      unnamed: values.DATASETS_UNNAMED,
      ownership: values.DATASETS_OWNERSHIP,
    },
    sync: {
      cron: values.SYNC_CRON,
      fullCron: values.FULL_SYNC_CRON,
      pageSize: values.PAGE_SIZE,
      lookbackMs: values.LOOKBACK,
      removalGraceMs: values.REMOVAL_GRACE,
      removalBrake: values.REMOVAL_BRAKE,
    },
    http: { host: values.HTTP_HOST, port: values.HTTP_PORT },
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT ?? (host.isTerminal ? "pretty" : "json") },
    secrets,
    warnings,
  };
}

/** A command that needs no token is not stopped by a bad one. */
function tokenOf(env: Env, isNeeded: boolean, host: ConfigHost): Reading<string | undefined> {
  const reading = readToken(env["APIFY_TOKEN"], env["APIFY_TOKEN_FILE"], host.readFile);
  if (!isNeeded) return { value: "value" in reading ? reading.value : undefined };
  return "value" in reading && reading.value === undefined ? { problem: TOKEN_MISSING } : reading;
}

function databaseOf(env: Env, host: ConfigHost): Reading<DatabaseUrl | undefined> {
  const text = env["DATABASE_URL"];
  return text === undefined ? { value: undefined } : readDatabaseUrl(text, host.readFile);
}

/** PGPASSWORD is what `pg` falls back on when the URL holds no password. */
function secretsOf(env: Env, token: string | undefined): string[] {
  const texts = [
    token,
    env["APIFY_TOKEN"]?.trim(),
    env["PGPASSWORD"],
    ...passwordsOf(env["DATABASE_URL"] ?? ""),
  ];
  return [...new Set(texts.filter((text) => text !== undefined))];
}

function idleVariables(env: Env): string[] {
  if (env["DATABASE_URL"] === undefined) return [];
  const idle = ["DATA_DIR", "EMBEDDED_PORT"].filter((name) => env[name] !== undefined);
  return idle.map((name) => `${name} has no effect: DATABASE_URL names another database`);
}

function problemOf(issue: z.core.$ZodIssue, env: Env, hide: (text: string) => string): Problem {
  const variable = String(issue.path[0]);
  const found: unknown = issue.code === "custom" ? issue.params?.["found"] : undefined;
  return {
    variable,
    found: typeof found === "string" ? found : shown(env[variable] ?? "", hide),
    expected: issue.message,
  };
}

/** In the table's order. */
function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => VARIABLE_NAMES.indexOf(a.variable) - VARIABLE_NAMES.indexOf(b.variable));
}
