import { ApifyClient } from "apify-client";
import type { DatasetCollectionClientListOptions } from "apify-client";
import { afterAll, beforeAll, expect, test } from "vitest";

import { openTwoLists } from "../support/two-lists.ts";
import type { Served, TwoLists } from "../support/two-lists.ts";

let lists: TwoLists;
let original: ApifyClient;
let mirrored: ApifyClient;

beforeAll(async () => {
  lists = await openTwoLists();
  [original, mirrored] = [clientOf(lists.original), clientOf(lists.mirrored)];
});
afterAll(() => lists[Symbol.asyncDispose]());

function clientOf({ url, token }: Served): ApifyClient {
  return new ApifyClient({ baseUrl: url, token, maxRetries: 0 });
}

test("the official client lists the same, field by field, however it asks", async () => {
  for (const unnamed of [undefined, true, false]) {
    for (const desc of [undefined, true, false]) {
      for (const ownership of [undefined, "ownedByMe", "sharedWithMe"] as const) {
        for (const page of [{}, { limit: 0 }, { offset: 7, limit: 20 }, { offset: 1100 }, { offset: 5000 }]) {
          const options = defined({ unnamed, desc, ownership, ...page });
          const expected = await original.datasets().list(options);
          expect(await mirrored.datasets().list(options), JSON.stringify(options)).toEqual(expected);
        }
      }
    }
  }
});

test("the official client iterates over the same", async () => {
  for (const options of [{}, { unnamed: true }, { unnamed: true, desc: true, limit: 1111, offset: 5 }]) {
    const [expected, found] = [original, mirrored].map((client) => client.datasets().list(options));
    expect(await all(found)).toEqual(await all(expected));
  }
});

test("the official client gets the same dataset, by its id and by its name, and none where there is none", async () => {
  const { items } = await original.datasets().list({ limit: 3 });
  for (const { id, name, username } of items) {
    expect(await mirrored.dataset(id).get()).toEqual(await original.dataset(id).get());
    expect(await mirrored.dataset(`${username}/${name}`).get()).toEqual(await original.dataset(id).get());
  }
  for (const id of ["nothing", "sandbox-owner/nothing"]) {
    expect(await mirrored.dataset(id).get()).toBeUndefined();
    expect(await original.dataset(id).get()).toBeUndefined();
  }
});

test("the official client gets the same user", async () => {
  expect(await mirrored.user("me").get()).toEqual(await original.user("me").get());
});

test("the official client is told why it is refused", async () => {
  const stranger = clientOf({ ...lists.mirrored, token: "other" });
  const refused = { statusCode: 401, type: "token-not-valid" };
  await expect(stranger.datasets().list()).rejects.toMatchObject(refused);
  const reader = mirrored.dataset("some-id");
  await expect(reader.update({ name: "new" })).rejects.toMatchObject({ statusCode: 405 });
  await expect(reader.delete()).rejects.toMatchObject({ statusCode: 405, type: "method-not-allowed" });
});

/** The client refuses options that are there and undefined. */
function defined(options: Readonly<Record<string, unknown>>): DatasetCollectionClientListOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function all<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const found: T[] = [];
  if (items !== undefined) for await (const item of items) found.push(item);
  return found;
}
