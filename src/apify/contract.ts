/**
 * The contract of `GET /v2/datasets`, written once for the client and for the server of the sandbox.
 * Source: Apify's OpenAPI source (apify/apify-docs, apify-api/openapi) and captured answers, which are looser
 * than the specification: names are null or absent, unknown keys come and go.
 */
import { z } from "zod";

import { parseInstant } from "../core/instant.ts";
import { DEPTH_MAX, flawOf } from "../core/json.ts";

export const DATASETS_PATH = "/v2/datasets";
/** The page length the API clamps `limit` to (2026); the client trusts the answer's `limit` instead. */
export const LIMIT_MAX = 1000;

export const ownershipSchema = z.enum(["ownedByMe", "sharedWithMe"]);
export type Ownership = z.infer<typeof ownershipSchema>;

/** Query parameters as they stand in the URL: strings. Absent, or `limit=0`, means the server's default. */
const count = z
  .string()
  .regex(/^\d{1,15}$/, "must be a non-negative integer")
  .transform(Number);
const flag = z.enum(["true", "1", "false", "0"]).transform((text) => text === "true" || text === "1");

export const querySchema = z.object({
  offset: count.optional(),
  limit: count.optional(),
  desc: flag.optional(),
  unnamed: flag.optional(),
  ownership: ownershipSchema.optional(),
});
/** Shape of the query, parsed. */
export type Query = z.infer<typeof querySchema>;

/** ISO 8601 in UTC with a year of four digits from 0001, as the API prints times; the calendar is checked too. */
const instant = z.iso.datetime().refine((text) => parseInstant(text) !== null, "must be a time that exists");
const quantity = z.number().int().nonnegative();

/** Characters of a dataset's id. Apify's have 17; longer ones than this fit no index. */
export const ID_MAX = 255;

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
export const itemSchema = looseItem.refine((item) => flawOf(item, true, 1 + DEPTH_MAX) === null, {
  error: ({ input }) => flawOf(input, true, 1 + DEPTH_MAX) ?? "cannot be stored",
});
export type Item = z.infer<typeof itemSchema>;

/** The answer's envelope: `{data: {total, offset, limit, desc?, unnamed?, count, items}}`; items are judged one by one. */
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

/** The refusals the endpoint documents, as the sandbox serves them. */
export const REFUSALS = {
  400: "invalid-input",
  401: "user-or-token-not-found",
  403: "insufficient-permissions",
  405: "method-not-allowed",
  429: "rate-limit-exceeded",
} as const;
