import { expect } from "vitest";

import type { Item } from "../../src/apify/contract.ts";
import { itemSchema } from "../../src/apify/contract.ts";
import { query } from "./query.ts";
import type { Rig } from "./rig.ts";

/** A dataset as both sides can tell it: times are milliseconds since the epoch. */
export interface Told {
  readonly id: string;
  readonly [column: string]: unknown;
}

/** Columns of the mirror as JSON, whatever the driver makes of their types. */
const COLUMNS = `id, name, title, user_id, username, act_id, act_run_id, general_access, stats, extra,
  item_count::float8, clean_item_count::float8, (extract(epoch from created_at) * 1000)::float8 as created_at,
  (extract(epoch from modified_at) * 1000)::float8 as modified_at,
  (extract(epoch from accessed_at) * 1000)::float8 as accessed_at`;

export function toldOf(item: Item): Told {
  const known = new Set(Object.keys(itemSchema.shape));
  const rest = Object.entries(item).filter(([key]) => !known.has(key));
  return {
    id: item.id,
    name: item.name ?? null,
    title: item.title ?? null,
    user_id: item.userId ?? null,
    username: item.username ?? null,
    act_id: item.actId ?? null,
    act_run_id: item.actRunId ?? null,
    general_access: item.generalAccess ?? null,
    stats: item.stats ?? null,
    extra: rest.length === 0 ? null : Object.fromEntries(rest),
    item_count: item.itemCount ?? null,
    clean_item_count: item.cleanItemCount ?? null,
    created_at: Date.parse(item.createdAt),
    modified_at: item.modifiedAt ? Date.parse(item.modifiedAt) : null,
    accessed_at: item.accessedAt ? Date.parse(item.accessedAt) : null,
  };
}

/** The rows of a table, view or call of a function, by id. */
export async function mirrored(
  url: string,
  from = "apify.live_datasets",
  values: readonly unknown[] = [],
): Promise<Told[]> {
  return query<Told>(url, `select ${COLUMNS} from ${from} order by id collate "C"`, values);
}

export function listed(items: readonly Item[]): Told[] {
  // As Postgres' "C" orders: by bytes of UTF-8, where JavaScript goes by units of UTF-16.
  const bytes = ({ id }: Told) => Buffer.from(id);
  return items.map(toldOf).toSorted((one, other) => Buffer.compare(bytes(one), bytes(other)));
}

/** Every field of every dataset, and nothing that is not there. */
export async function expectEqual({ url, sandbox }: Pick<Rig, "url" | "sandbox">): Promise<void> {
  expect(await mirrored(url)).toEqual(listed(sandbox.account.snapshot()));
}

/** Two full passes settle whatever is still to be noticed, once no dataset is too young to be judged absent. */
export async function expectEqualWhenSettled(rig: Rig): Promise<void> {
  await rig.clock.advance(rig.config.sync.lookbackMs);
  for (const which of ["first", "second"]) {
    const run = await rig.run("full");
    expect(run, which).toMatchObject({ status: "succeeded", complete: true, error: null });
  }
  await expectEqual(rig);
}

/** What holds of every run that ended: it is closed, it says why where it failed, and its figures fit together. */
export async function expectRunsTruthful({ url }: Pick<Rig, "url">): Promise<void> {
  const wrong = await query(
    url,
    `select * from apify.sync_runs where status = 'running' or finished_at is null
      or (status = 'succeeded') <> (error is null)
      or count < inserted + updated + unchanged + rejected or requests < pages or complete and status = 'failed'`,
  );
  expect(wrong).toEqual([]);
}
