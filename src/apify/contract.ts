/**
 * The contract of `GET /v2/datasets`, written once for the client, the sandbox and the mirror.
 * Source: Apify's OpenAPI source (apify/apify-docs, apify-api/openapi) and captured answers, which are looser
 * than the specification: names are null or absent, unknown keys come and go.
 */
import { z } from "zod";

import { parseInstant } from "../core/instant.ts";
import { DEPTH_MAX, storageProblem } from "../core/json.ts";

export const DATASETS_PATH = "/v2/datasets";
/** What the server serves, below `/v2`. */
export const PATHS = { list: "/datasets", dataset: "/datasets/:id", user: "/users/:id" } as const;
/** The methods that the end-points answer. */
export const METHODS = "OPTIONS,GET";
/** The API may be asked by pages of any origin: what lets a reader in is the token. */
export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": METHODS,
  "access-control-allow-headers": "Authorization,Content-Type,If-None-Match,User-Agent,*",
  "access-control-expose-headers": "*",
} as const;

/** The page length the API clamps `limit` to (2026); the client trusts the answer's `limit` instead. */
export const LIMIT_MAX = 1000;

export const ownershipSchema = z.enum(["ownedByMe", "sharedWithMe"]);
export type Ownership = z.infer<typeof ownershipSchema>;

/** Query parameters as they stand in the URL: strings. Absent, or `limit=0`, means the server's default. */
const count = z
  .string()
  .regex(/^\d{1,15}$/, "must be a non-negative integer")
  .transform(Number)
  .pipe(z.int().nonnegative());
const flag = z
  .enum(["true", "1", "false", "0"])
  .transform((text) => text === "true" || text === "1")
  .pipe(z.boolean());

export const querySchema = z.object({
  offset: count.optional().describe("Datasets to leave out at the beginning; 0 by default."),
  limit: count.optional().describe(`Datasets at most; ${LIMIT_MAX} by default and at most.`),
  desc: flag.optional().describe("The youngest first; by default the oldest."),
  unnamed: flag.optional().describe("Unnamed datasets, too; by default only those that have a name."),
  ownership: ownershipSchema
    .optional()
    .describe(
      "Only datasets of the token's account, or only those that others share with it; by default both.",
    ),
});
/** Shape of the query, parsed. */
export type Query = z.infer<typeof querySchema>;

/** ISO 8601 in UTC with a year of four digits from 0001, as the API prints times; the calendar is checked too. */
const instant = z.iso.datetime().refine((text) => parseInstant(text) !== null, "must be a time that exists");
const quantity = z.number().int().nonnegative();

/** Characters of a dataset's id. Apify's have 17; longer ones than this fit no index. */
export const ID_MAX = 255;
/** The longest id in a path: more than a request's head can hold. The router answers longer ones itself, past every hook. */
export const PATH_PARAM_MAX = 65_536;

/** One dataset of the list. Loose: keys that are not named here pass through, as long as Postgres can hold them. */
const looseItem = z.looseObject({
  id: z.string().min(1).max(ID_MAX),
  name: z.string().nullish(),
  title: z.string().nullish(),
  userId: z.string().nullish(),
  username: z.string().nullish(),
  createdAt: instant,
  modifiedAt: instant.nullish(),
  accessedAt: instant.nullish(),
  itemCount: quantity.nullish(),
  cleanItemCount: quantity.nullish(),
  actId: z.string().nullish(),
  actRunId: z.string().nullish(),
  generalAccess: z.string().nullish(),
  stats: z.record(z.string(), z.unknown()).nullish(),
});
export const itemSchema = looseItem.refine((item) => storageProblem(item, true, 1 + DEPTH_MAX) === null, {
  error: ({ input }) => storageProblem(input, true, 1 + DEPTH_MAX) ?? "cannot be stored",
});
export type Item = z.infer<typeof itemSchema>;

/** The answer's envelope: `{data: {total, offset, limit, desc?, unnamed?, count, items}}`; items are validated one by one. */
export const envelopeSchema = z.object({
  data: z.looseObject({
    total: quantity,
    offset: quantity,
    limit: quantity,
    count: quantity,
    desc: z.boolean().optional(),
    unnamed: z.boolean().optional(),
    items: z.array(z.unknown()),
  }),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** `{error: {type, message}}`; types are reused across statuses, so decide by the status and show the type. */
export const errorBodySchema = z.object({
  error: z.looseObject({ type: z.string(), message: z.string() }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** The account that a token belongs to, as `GET /v2/users/me` and `GET /v2/users/:id` give it. */
export const userSchema = z.looseObject({ id: z.string(), username: z.string() });
export type User = z.infer<typeof userSchema>;

/** The refusals that the API documents, as they are served. */
export const REFUSALS = {
  400: "invalid-input",
  401: "token-not-valid",
  403: "permission-denied",
  404: "record-not-found",
  405: "method-not-allowed",
  429: "rate-limit-exceeded",
} as const;
export const MESSAGES = {
  400: "The input is not valid.",
  401: "Authentication token is not valid.",
  403: "You do not have permission to perform this action.",
  404: "Record was not found.",
  405: `This API end-point can only be accessed using the following HTTP methods: ${METHODS}`,
  429: "You have exceeded the rate limit. Please try again later.",
} as const satisfies Record<keyof typeof REFUSALS, string>;
