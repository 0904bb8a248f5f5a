import { afterAll, beforeAll, expect, test } from "vitest";

import { LiveList } from "../../src/api/live-list.ts";
import { Queue } from "../../src/api/queue.ts";
import type { Filter } from "../../src/api/rows.ts";
import type { Item } from "../../src/apify/contract.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Row } from "../../src/mirror/row.ts";
import { SOURCE, dataset, fullPass, minute, openMirror } from "../support/mirror.ts";
import type { TestMirror } from "../support/mirror.ts";

const OWNER = "owner";
const SEED = Number(process.env["SIM_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(SEED);
const below = (bound: number) => Math.floor(random() * bound);

const FILTERS: readonly Filter[] = [true, false].flatMap((unnamed) => [
  { unnamed, owned: null },
  { unnamed, owned: { ownership: "ownedByMe", ownerId: OWNER } as const },
  { unnamed, owned: { ownership: "sharedWithMe", ownerId: OWNER } as const },
]);

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openMirror();
});
afterAll(() => mirror[Symbol.asyncDispose]());

test("every page is the one that a statement over the whole list gives, whatever was written before", async () => {
  console.log(`SIM_SEED=${SEED}`);
  const account = new Map<string, Row>();
  for (let nth = 0; nth < 2600; nth++) put(account, `d${nth}`);
  await fullPass(mirror, 0, [...account.values()]);
  const list = new LiveList(mirror.db, SOURCE, new Queue(10, () => new Error("too many")));
  for (let round = 1; round <= 12; round++) {
    change(account, round);
    await fullPass(mirror, round, [...account.values()], { share: 1 });
    for (const filter of FILTERS) await comparePages(list, filter, `SIM_SEED=${SEED}, round ${round}`);
  }
});

/** Clusters of the same minute, one in twelve named, a few shared. */
function put(account: Map<string, Row>, id: string, more: Partial<Item> = {}): void {
  const name = below(12) === 0 ? `name-${id}` : null;
  account.set(id, dataset(id, below(1500), { name, userId: below(40) === 0 ? "other" : OWNER, ...more }));
}

function change(account: Map<string, Row>, round: number): void {
  const ids = [...account.keys()];
  const some = () => ids[below(ids.length)] ?? "";
  const kind = below(4);
  if (kind === 0) for (let count = below(900); count > 0; count--) put(account, `r${round}-${count}`);
  if (kind === 1) for (let count = below(700); count > 0; count--) account.delete(some());
  if (kind === 2) for (let count = below(5); count > 0; count--) account.delete(some());
  for (let count = below(20); count > 0; count--) rename(account, some());
}

/** Everything but the time of its creation may change. */
function rename(account: Map<string, Row>, id: string): void {
  const row = account.get(id);
  if (row === undefined) return;
  const name = below(2) === 0 ? null : `renamed-${below(1e6)}`;
  const at = (row.createdAt - minute(0)) / 60_000;
  account.set(id, dataset(id, at, { name, userId: below(4) === 0 ? "other" : OWNER }));
}

async function comparePages(list: LiveList, filter: Filter, context: string): Promise<void> {
  const expected = await idsOf(filter);
  for (const offset of [0, 1000, below(expected.length + 10), Math.max(0, expected.length - 3)]) {
    const request = { filter, offset, limit: below(2) === 0 ? 1000 : 1 + below(300), desc: below(2) === 0 };
    const page = await list.page(request);
    const ordered = request.desc ? expected.toReversed() : expected;
    expect(page?.total, context).toBe(expected.length);
    const ids = itemsOf(page?.items).map(({ id }) => id);
    expect(ids, `${context}, ${JSON.stringify(request)}`).toEqual(
      ordered.slice(request.offset, request.offset + request.limit),
    );
    expect(page?.count).toBe(ids.length);
  }
}

async function idsOf({ unnamed, owned }: Filter): Promise<unknown[]> {
  const rows = await mirror.sql(
    `select id from apify.live_datasets where ($1 or name is not null)
      and ($2::text is null or (user_id = $3) = ($2 = 'ownedByMe')) order by created_at, id collate "C"`,
    [unnamed, owned?.ownership ?? null, OWNER],
  );
  return rows.map(({ id }) => id);
}

function itemsOf(items: Buffer = Buffer.alloc(0)): Item[] {
  return JSON.parse(`[${items.toString()}]`);
}
