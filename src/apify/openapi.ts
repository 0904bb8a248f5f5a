/** The specification of what `server.ts` serves, as OpenAPI, made from the schemas of the contract. */
import { z } from "zod";

import {
  MESSAGES,
  PATHS,
  REFUSALS,
  envelopeSchema,
  errorBodySchema,
  itemSchema,
  querySchema,
  userSchema,
} from "./contract.ts";

/** JSON of a part of the document. */
type Part = Readonly<Record<string, unknown>>;
type Refused = keyof typeof REFUSALS;

export interface OpenApiOptions {
  readonly version: string;
  /** Whether the end-points of the past below `/at/{at}` are served, too. */
  readonly moments: boolean;
}

export function openApiOf({ version, moments }: OpenApiOptions): Part {
  return {
    openapi: "3.1.0",
    info: { title: "Datasets of an Apify account", version },
    servers: [{ url: "." }],
    security: [{ bearer: [] }, { token: [] }],
    paths: { ...pathsBelow("/v2", []), ...(moments ? pathsBelow("/at/{at}/v2", [MOMENT]) : {}) },
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        token: { type: "apiKey", in: "query", name: "token" },
      },
      schemas: {
        Page: schemaOf(envelopeSchema.shape.data.extend({ items: z.array(itemSchema) })),
        Dataset: schemaOf(itemSchema),
        User: schemaOf(userSchema),
        Error: schemaOf(errorBodySchema),
      },
    },
  };
}

const MOMENT: Part = {
  name: "at",
  in: "path",
  required: true,
  description: "As of when, in UTC: a time between the first and the latest that the mirror knows of.",
  schema: { type: "string", format: "date-time" },
};

const DATASET_ID = idOf("Id of the dataset, or `username~name`.");
const USER_ID = idOf(
  "`me`, or the id or username of the account that the token belongs to; no other is known.",
);

function idOf(description: string): Part {
  return { name: "id", in: "path", required: true, description, schema: { type: "string" } };
}

function pathsBelow(prefix: string, common: readonly Part[]): Part {
  const refused = common.length > 0 ? ([400] as const) : [];
  const below = (path: string) => `${prefix}${path.replace(":id", "{id}")}`;
  return {
    [below(PATHS.list)]: endPoint("Page", [...common, ...queryParameters()], [400]),
    [below(PATHS.dataset)]: endPoint("Dataset", [...common, DATASET_ID], [...refused, 404]),
    [below(PATHS.user)]: endPoint("User", [...common, USER_ID], [...refused, 404]),
  };
}

function endPoint(schema: string, parameters: readonly Part[], refused: readonly Refused[]): Part {
  const data = { $ref: `#/components/schemas/${schema}` };
  const found = {
    description: SUMMARIES[schema],
    content: json({ type: "object", properties: { data }, required: ["data"] }),
  };
  const refusals = [...refused, 401, 403, 405, 429] as const;
  return {
    get: {
      summary: SUMMARIES[schema],
      parameters,
      responses: {
        200: found,
        ...Object.fromEntries(
          refusals.map((status) => [status, refusalOf(REFUSALS[status], MESSAGES[status])]),
        ),
        503: refusalOf("mirror-stale", "The mirror has no answer now; see Retry-After."),
      },
    },
  };
}

const SUMMARIES: Readonly<Record<string, string>> = {
  Page: "A page of the list of datasets",
  Dataset: "One dataset",
  User: "The account that the token belongs to",
};

function refusalOf(type: string, message: string): Part {
  return {
    description: message,
    content: json({ $ref: "#/components/schemas/Error" }, { error: { type, message } }),
  };
}

function json(schema: Part, example?: Part): Part {
  return { "application/json": example === undefined ? { schema } : { schema, example } };
}

function queryParameters(): Part[] {
  return Object.entries(querySchema.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema);
    return { name, in: "query", required: false, description, schema: rest };
  });
}

function schemaOf(schema: z.ZodType): Part {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  return rest;
}
