import { resolve } from "node:path";

import { defaultDataDir } from "../mirror/embedded/data-dir.ts";
import type { DatabaseUrl } from "./database-url.ts";
import type { Env, ConfigHost } from "./host.ts";
import type { Values } from "./variables.ts";

/** Everything that can be configured. Durations are milliseconds. */
export interface Config<Token extends string | undefined = string | undefined> {
  readonly api: {
    readonly token: Token;
    /** Without `/v2`, query, fragment and trailing slash (an empty path stays `/`). */
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
    /** Null: no named passes, either switched off or pointless because only named datasets are mirrored. */
    readonly namedCron: string | null;
    readonly fullCron: string;
    /** IANA name of the time zone in which the cron expressions are read. */
    readonly timezone: string;
    readonly pageSize: number;
    readonly lookbackMs: number;
    readonly removalGraceMs: number;
    /** Share of the live rows, 0 to 1. */
    readonly removalBrake: number;
    /** Requests that one incremental pass may spend on finding removed datasets; 0 leaves them to full passes. */
    readonly reconcileRequests: number;
  };
  /** How long finished runs and their rejected items are kept. */
  readonly retentionMs: number;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Lower-case names accepted in a Host header, besides loopback names and IP addresses. */
    readonly allowedHosts: readonly string[];
    /** What pages, status and metrics ask of another machine; undefined asks nothing. */
    readonly token: string | undefined;
  };
  /** Null: the read API is off. */
  readonly readApi: ReadApiConfig | null;
  /** Null: one account, that of the variables. */
  readonly fleet: FleetConfig | null;
  readonly log: { readonly level: Values["LOG_LEVEL"]; readonly format: "pretty" | "json" };
  /** What no output may contain. */
  readonly secrets: readonly string[];
  /** One sentence for each setting that is probably a mistake. */
  readonly warnings: readonly string[];
}

export interface EmbeddedDatabaseConfig {
  readonly kind: "embedded";
  /** An absolute path. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
}

export interface ExternalDatabaseConfig {
  readonly kind: "external";
  /** For `pg`; holds the password. */
  readonly url: string;
}

export interface ReadApiConfig {
  /** The bearer token that readers send. */
  readonly token: string;
  /** For each client. */
  readonly maxRequestsPerSecond: number;
  /** Requests are answered with 503 while the mirror is older; null serves it at any age. */
  readonly maxAgeMs: number | null;
}

export interface FleetConfig {
  /** An absolute path. */
  readonly file: string;
  /** Runs at a time in one process. */
  readonly concurrency: number;
  /** In the order of the file. */
  readonly accounts: ReadonlyArray<Config<string>>;
}

/** What was read of the variables that hold a secret. */
export interface SecretValues {
  readonly apifyToken: string | undefined;
  readonly apiToken: string | undefined;
  readonly httpToken: string | undefined;
  readonly database: DatabaseUrl | undefined;
}

/** Arranges checked values. */
export function buildConfig(
  values: Values,
  { apifyToken, apiToken, httpToken, database }: SecretValues,
  env: Env,
  host: ConfigHost,
): Omit<Config, "secrets" | "warnings"> {
  return {
    fleet: null,
    api: {
      token: apifyToken,
      baseUrl: values.APIFY_API_BASE_URL,
      requestTimeoutMs: values.REQUEST_TIMEOUT,
      maxRequestsPerSecond: values.MAX_REQUESTS_PER_SECOND,
      maxConcurrency: values.MAX_CONCURRENCY,
    },
    database:
      database === undefined ? embeddedDatabase(values, env, host) : { kind: "external", url: database.url },
    source: {
      name: values.SOURCE_NAME,
      unnamed: values.DATASETS_UNNAMED,
      ownership: values.DATASETS_OWNERSHIP,
    },
    sync: syncConfig(values),
    retentionMs: values.RUN_RETENTION,
    http: {
      host: values.HTTP_HOST,
      port: values.HTTP_PORT,
      allowedHosts: values.HTTP_ALLOWED_HOSTS ?? [],
      token: httpToken,
    },
    readApi: readApiConfig(values, apiToken),
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT ?? (host.isTerminal ? "pretty" : "json") },
  };
}

function embeddedDatabase(values: Values, env: Env, host: ConfigHost): EmbeddedDatabaseConfig {
  const dataDir = values.DATA_DIR ?? defaultDataDir(env, host.platform, host.uid, host.homedir);
  return {
    kind: "embedded",
    dataDir: resolve(host.cwd, dataDir),
    host: values.EMBEDDED_HOST,
    port: values.EMBEDDED_PORT,
  };
}

function syncConfig(values: Values): Config["sync"] {
  return {
    cron: values.SYNC_CRON,
    namedCron: values.DATASETS_UNNAMED ? values.NAMED_SYNC_CRON : null,
    fullCron: values.FULL_SYNC_CRON,
    timezone: values.SYNC_TIMEZONE,
    pageSize: values.PAGE_SIZE,
    lookbackMs: values.LOOKBACK,
    removalGraceMs: values.REMOVAL_GRACE,
    removalBrake: values.REMOVAL_BRAKE,
    reconcileRequests: values.RECONCILE_REQUESTS,
  };
}

function readApiConfig(values: Values, token: string | undefined): ReadApiConfig | null {
  if (token === undefined) return null;
  return { token, maxRequestsPerSecond: values.API_RATE_LIMIT, maxAgeMs: values.API_MAX_AGE ?? null };
}
