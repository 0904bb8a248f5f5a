import { z } from "zod";

import { apiUrl } from "./api-url.ts";
import {
  choice,
  cron,
  cronOrOff,
  decimal,
  duration,
  flag,
  folder,
  hostNames,
  label,
  listenHost,
  timezone,
  wholeNumber,
} from "./readers.ts";

/** A row of README.md's table of variables, in Markdown. */
interface Description {
  readonly default: string;
  readonly meaning: string;
}

const descriptions = z.registry<Description>();

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

/**
 * Every variable with its default and meaning: the source of the error messages and of the table in README.md. Those that
 * hold or lead to a secret are plain strings here, and checked by tokens.ts and database-url.ts.
 */
export const VARIABLES = z.object({
  APIFY_TOKEN: optional(
    z.string(),
    "required by `start` and `sync`",
    "Apify API token, sent as a header only, never logged",
  ),
  APIFY_TOKEN_FILE: optional(z.string(), "", "path of a file that holds the token, instead of `APIFY_TOKEN`"),
  APIFY_API_BASE_URL: withDefault(apiUrl(), "https://api.apify.com", "https, or http on loopback"),
  DATABASE_URL: optional(
    z.string(),
    "embedded Postgres in `DATA_DIR`",
    "Postgres URL with the usual `sslmode` options",
  ),
  DATA_DIR: optional(folder(), "a per-user data folder", "where the embedded database lives"),
  EMBEDDED_HOST: withDefault(listenHost(), "127.0.0.1", "address on which the embedded database listens"),
  EMBEDDED_PORT: withDefault(
    wholeNumber(0, 65_535),
    "54329",
    "port on which psql and BI tools reach the embedded database; 0 takes a free one",
  ),
  ACCOUNTS_FILE: optional(
    folder(),
    "one account, from these variables",
    "JSON file of many accounts, each with its name and token file, which several processes may share",
  ),
  FLEET_CONCURRENCY: withDefault(
    wholeNumber(2, 32),
    "4",
    "runs at a time in one process, with `ACCOUNTS_FILE`; a third of them, at least one, may be full passes or of accounts that fail",
  ),
  SOURCE_NAME: withDefault(label(63), "default", "name of this account in the mirror"),
  DATASETS_UNNAMED: withDefault(
    flag(),
    "true",
    "mirror unnamed datasets too (Actor runs leave unnamed ones; the API lists only named ones by default)",
  ),
  DATASETS_OWNERSHIP: optional(
    choice(["ownedByMe", "sharedWithMe"]),
    "all accessible",
    "`ownedByMe` or `sharedWithMe`",
  ),
  SYNC_CRON: withDefault(cron(), "* * * * *", "incremental passes (cron syntax, seconds allowed)"),
  NAMED_SYNC_CRON: withDefault(
    cronOrOff(),
    "*/5 * * * *",
    "passes over the named datasets alone, or `off` (always off when only named ones are mirrored)",
  ),
  FULL_SYNC_CRON: withDefault(cron(), "0 * * * *", "full passes"),
  SYNC_TIMEZONE: withDefault(timezone(), "UTC", "IANA time zone of the cron expressions"),
  // A page needs two rows to hold the anchor and something new; the server clamps what is above its own maximum.
  PAGE_SIZE: withDefault(wholeNumber(2, 100_000), "1000", "datasets asked for in one request (`limit`)"),
  LOOKBACK: withDefault(
    duration(0, YEAR_MS),
    "10m",
    "every incremental pass re-reads the datasets younger than this",
  ),
  REMOVAL_GRACE: withDefault(
    duration(0, YEAR_MS),
    "15m",
    "how long a dataset must be missing before it counts as removed",
  ),
  REMOVAL_BRAKE: withDefault(
    decimal(0, 1),
    "0.5",
    "a pass that would remove a larger share of the live rows removes none (1 = no brake)",
  ),
  RECONCILE_REQUESTS: withDefault(
    wholeNumber(0, 1000),
    "20",
    "requests an incremental pass may spend on finding removed datasets (0 = full passes only)",
  ),
  RUN_RETENTION: withDefault(
    duration(HOUR_MS, 10 * YEAR_MS),
    "90d",
    "how long finished runs and their rejected items are kept (the last success and last full pass always are)",
  ),
  MAX_REQUESTS_PER_SECOND: withDefault(
    decimal(0.1, 1000),
    "30",
    "ceiling of the rate limiter; Apify allows 60 per resource, shared by all clients of a user",
  ),
  MAX_CONCURRENCY: withDefault(wholeNumber(1, 64), "8", "pages in flight"),
  REQUEST_TIMEOUT: withDefault(duration(SECOND_MS, 10 * MINUTE_MS), "30s", "for one request, body included"),
  HTTP_HOST: withDefault(
    listenHost(),
    "127.0.0.1",
    "address of the status page, health, metrics and read API",
  ),
  HTTP_PORT: withDefault(wholeNumber(0, 65_535), "8080", "their port"),
  HTTP_ALLOWED_HOSTS: optional(
    hostNames(),
    "loopback names and IP addresses",
    "further host names under which they may be reached, separated by commas; any other `Host` gets 421",
  ),
  HTTP_TOKEN: optional(
    z.string(),
    "",
    "what other machines must send to see the page, status and metrics: basic (any user name) or bearer",
  ),
  HTTP_TOKEN_FILE: optional(z.string(), "", "path of a file that holds it, instead of `HTTP_TOKEN`"),
  API_TOKEN: optional(
    z.string(),
    "unset: the read API is off",
    "bearer token that clients of the read API must send",
  ),
  API_TOKEN_FILE: optional(z.string(), "", "path of a file that holds it, instead of `API_TOKEN`"),
  API_RATE_LIMIT: withDefault(
    wholeNumber(1, 10_000),
    "60",
    "requests a second each client of the read API may make; 429 above",
  ),
  API_MAX_AGE: optional(
    duration(SECOND_MS, YEAR_MS),
    "unset: no limit",
    "the read API answers 503 when the mirror is older than this",
  ),
  LOG_LEVEL: withDefault(
    choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    "info",
    "least severe level that is logged",
  ),
  LOG_FORMAT: optional(
    choice(["pretty", "json"]),
    "`pretty` on a terminal, else `json`",
    "`pretty` for people, `json` for machines",
  ),
});

export type Values = z.output<typeof VARIABLES>;

export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES.shape);

/** The rows of the table in README.md: variable, default, meaning, in Markdown. */
export function variableRows(): readonly (readonly [string, string, string])[] {
  return Object.entries(VARIABLES.shape).map(([name, schema]) => {
    const description = descriptions.get(schema);
    return [`\`${name}\``, description?.default ?? "", description?.meaning ?? ""];
  });
}

/** A variable whose default is read as if it had been set. */
function withDefault<T>(schema: z.ZodType<T, string>, text: string, meaning: string) {
  return describe(schema.prefault(text), `\`${text}\``, meaning);
}

/** A variable without a fixed default; `defaultText` says in words what holds without it. */
function optional<S extends z.ZodType<unknown, string>>(schema: S, defaultText: string, meaning: string) {
  return describe(schema.optional(), defaultText, meaning);
}

function describe<S extends z.ZodType>(schema: S, defaultText: string, meaning: string): S {
  descriptions.add<z.ZodType>(schema, { default: defaultText, meaning });
  return schema;
}
