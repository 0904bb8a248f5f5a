import { z } from "zod";

import { apiUrl } from "./api-url.ts";
import { choice, cron, decimal, duration, flag, folder, label, listenHost, wholeNumber } from "./readers.ts";

/** How a variable is told to people, in Markdown. */
interface Telling {
  readonly default: string;
  readonly meaning: string;
}

const tellings = z.registry<Telling>();

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;

/**
 * Every variable, its default and its meaning: the source of the help text, of the error messages and of the table in
 * README.md. Those whose text holds or leads to a secret are read by token.ts and database-url.ts.
 */
export const VARIABLES = z.object({
  APIFY_TOKEN: optional(
    z.string(),
    "required by `start` and `sync`",
    "API token, sent as a header only, never logged",
  ),
  APIFY_TOKEN_FILE: optional(z.string(), "", "path of a file that holds the token, instead of `APIFY_TOKEN`"),
  APIFY_API_BASE_URL: variable(apiUrl(), "https://api.apify.com", "https, or http on loopback"),
  DATABASE_URL: optional(
    z.string(),
    "embedded Postgres in `DATA_DIR`",
    "postgres URL with the usual `sslmode` options",
  ),
  DATA_DIR: optional(folder(), "a per-user data folder", "the embedded database's home"),
  EMBEDDED_PORT: variable(
    wholeNumber(0, 65_535),
    "54329",
    "where psql and BI tools reach the embedded database (127.0.0.1)",
  ),
  SOURCE_NAME: variable(label(63), "default", "name of this account in the mirror"),
  DATASETS_UNNAMED: variable(
    flag(),
    "true",
    "mirror unnamed datasets too (the API's own default is named only; run datasets are unnamed)",
  ),
  DATASETS_OWNERSHIP: optional(
    choice(["ownedByMe", "sharedWithMe"]),
    "all accessible",
    "`ownedByMe` or `sharedWithMe`",
  ),
  SYNC_CRON: variable(cron(), "* * * * *", "incremental passes (node-cron syntax, seconds allowed)"),
  FULL_SYNC_CRON: variable(cron(), "0 * * * *", "full passes"),
  // Two rows are the least in which a page can show the anchor and bring something new; above its maximum the server clamps.
  PAGE_SIZE: variable(wholeNumber(2, 100_000), "1000", "asked `limit`"),
  LOOKBACK: variable(duration(0, YEAR_MS), "10m", "how long a dataset stays young"),
  REMOVAL_GRACE: variable(duration(0, YEAR_MS), "15m", "how long an absence must last"),
  REMOVAL_BRAKE: variable(
    decimal(0, 1),
    "0.5",
    "share of live rows above which a pass removes nothing (1 = no brake)",
  ),
  MAX_REQUESTS_PER_SECOND: variable(
    decimal(0.1, 1000),
    "30",
    "ceiling of the limiter; Apify allows 60 per resource to all of a user's clients together",
  ),
  MAX_CONCURRENCY: variable(wholeNumber(1, 64), "8", "pages in flight"),
  REQUEST_TIMEOUT: variable(duration(SECOND_MS, 10 * MINUTE_MS), "30s", "one request, body included"),
  HTTP_HOST: variable(listenHost(), "127.0.0.1", "where status page, health and metrics listen"),
  HTTP_PORT: variable(wholeNumber(0, 65_535), "8080", "their port"),
  LOG_LEVEL: variable(
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
    const telling = tellings.get(schema);
    return [`\`${name}\``, telling?.default ?? "", telling?.meaning ?? ""];
  });
}

/** A variable whose default is read like a value that is set. */
function variable<T>(schema: z.ZodType<T, string>, initial: string, meaning: string) {
  return told(schema.prefault(initial), `\`${initial}\``, meaning);
}

/** A variable without a fixed default. */
function optional<S extends z.ZodType<unknown, string>>(schema: S, initial: string, meaning: string) {
  return told(schema.optional(), initial, meaning);
}

function told<S extends z.ZodType>(schema: S, initial: string, meaning: string): S {
  tellings.add<z.ZodType>(schema, { default: initial, meaning });
  return schema;
}
