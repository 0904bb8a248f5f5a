import { expect } from "vitest";

import { query } from "./query.ts";

/** Runs a statement on a connection that is open already. */
export type Ask = <Row extends object = Record<string, unknown>>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/**
 * Writes down, by triggers and so in the mirror's own transactions, what happened to every row: a witness that knows
 * nothing of the program's counters. `app` is the application_name of the connection.
 */
const LEDGER = `
  create schema ledger;
  create table ledger.entries (
    nr bigint generated always as identity, app text default current_setting('application_name'),
    source text, run bigint, what text, id text);
  create index on ledger.entries (source);
  create function ledger.note_dataset() returns trigger language plpgsql security definer as $$
  declare
    run bigint := (select max(r.id) from apify.sync_runs r where r.source = new.source and r.status = 'running');
    what text := case
      when tg_op = 'INSERT' then 'inserted'
      when new.removed_at is not null and old.removed_at is null then 'removed'
      when new.missing_since is not null and old.missing_since is null then 'missing'
      when new.missing_since is not null then 'missing still'
      when old.removed_at is not null then 'returned'
      else 'updated' end;
  begin
    insert into ledger.entries (source, run, what, id) values (new.source, run, what, new.id);
    return null;
  end $$;
  create function ledger.note_other() returns trigger language plpgsql security definer as $$
  begin
    insert into ledger.entries (what, id) values (tg_table_name, tg_op);
    return null;
  end $$;
  create trigger ledger after insert or update on apify.datasets for each row execute function ledger.note_dataset();
  create trigger ledger after insert or update on apify.sources for each row execute function ledger.note_other();
  create trigger ledger after insert or update on apify.sync_runs for each row execute function ledger.note_other();`;

export async function installLedger(url: string): Promise<void> {
  await query(url, LEDGER);
}

/** Every run's counters are what the ledger saw under it, and all together are what the tables hold. */
export async function expectCountersTrue(ask: Ask, source = "default"): Promise<void> {
  const wrong = await ask(
    `with seen as (
       select run, count(*) filter (where what = 'inserted') as inserted,
         count(*) filter (where what in ('updated', 'returned')) as updated,
         count(*) filter (where what = 'missing') as missing, count(*) filter (where what = 'removed') as removed
       from ledger.entries where source = $1 group by run
     )
     select r.id, r.kind, r.status, r.inserted, s.inserted as "inserted seen", r.updated, s.updated as "updated seen",
       r.missing, s.missing as "missing seen", r.removed, s.removed as "removed seen"
     from (select * from apify.sync_runs where source = $1) r full join seen s on s.run = r.id
     where (r.inserted, r.missing, r.removed) is distinct from
         (coalesce(s.inserted, 0), coalesce(s.missing, 0), coalesce(s.removed, 0))
       -- A rejected item ends the absence of its row, and is counted as rejected.
       or r.updated not between coalesce(s.updated, 0) - r.rejected and coalesce(s.updated, 0)`,
    [source],
  );
  expect(wrong, "counters that differ from what happened").toEqual([]);
  const [sums] = await ask(
    `select (select count(*) from apify.datasets where source = $1)::int as rows,
       (select count(*) from apify.datasets where source = $1 and removed_at is not null)::int as removed,
       (select count(*) from ledger.entries where source = $1 and what = 'returned')::int as returned,
       (select coalesce(sum(inserted), 0) from apify.sync_runs where source = $1)::int as "inserted by runs",
       (select coalesce(sum(removed), 0) from apify.sync_runs where source = $1)::int as "removed by runs"`,
    [source],
  );
  expect(sums?.["inserted by runs"], "inserted, against the rows").toBe(sums?.["rows"]);
  expect(sums?.["removed by runs"], "removed, against the rows that are gone or came back").toBe(
    Number(sums?.["removed"]) + Number(sums?.["returned"]),
  );
}
