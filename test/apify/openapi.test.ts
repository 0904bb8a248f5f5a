import { expect, test } from "vitest";
import { z } from "zod";

import { querySchema } from "../../src/apify/contract.ts";
import { openApiOf } from "../../src/apify/openapi.ts";

const endPointSchema = z.object({
  get: z.object({
    parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean() })),
    responses: z.record(z.string(), z.looseObject({ description: z.string() })),
  }),
});
const documentSchema = z.object({
  paths: z.record(z.string(), endPointSchema),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

const PATHS = ["/v2/datasets", "/v2/datasets/{id}", "/v2/users/{id}"];

function specification(moments: boolean) {
  const document = openApiOf({ version: "1.2.3", moments });
  return { text: JSON.stringify(document), ...documentSchema.parse(document) };
}

test("every end-point is specified, those of the past where they are served", () => {
  expect(Object.keys(specification(false).paths)).toEqual(PATHS);
  const ofPast = PATHS.map((path) => `/at/{at}${path}`);
  expect(Object.keys(specification(true).paths)).toEqual([...PATHS, ...ofPast]);
});

test("the list's parameters are those of the contract, and those of a path stand in it and are required", () => {
  for (const [path, { get }] of Object.entries(specification(true).paths)) {
    const inPath = get.parameters.filter((parameter) => parameter.in === "path");
    expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const inQuery = get.parameters.filter((parameter) => parameter.in === "query");
    expect(inQuery.map(({ name }) => name)).toEqual(
      path.endsWith("/datasets") ? Object.keys(querySchema.shape) : [],
    );
    expect(Object.keys(get.responses)).toEqual(
      expect.arrayContaining(["200", "401", "403", "405", "429", "503"]),
    );
  }
});

test("every schema that is referred to is there, and the other way round", () => {
  const { text, components } = specification(true);
  const named = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
  expect(named).toEqual(new Set(Object.keys(components.schemas)));
});
