/** The tables of the mirror; what every column means is written for its readers in the COMMENTs of the migrations. */
import { getTableColumns, sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

export const apify = pgSchema("apify");

const time = () => timestamp({ withTimezone: true });
const count = () => bigint({ mode: "number" });
const counter = () => count().notNull().default(0);

/** What the API says of a dataset, without its key. */
const described = () => ({
  name: text(),
  title: text(),
  user_id: text(),
  username: text(),
  created_at: time().notNull(),
  modified_at: time(),
  accessed_at: time(),
  item_count: count(),
  clean_item_count: count(),
  act_id: text(),
  act_run_id: text(),
  general_access: text(),
  stats: jsonb(),
  extra: jsonb(),
});

/**
 * Largest and newest datasets are found by a scan, which takes a fraction of a second at a million rows: an index on
 * what a pass writes all the time (`item_count`, `changed_at`) would make every update of a row write to all indexes.
 *
 * No foreign key to `sources`: it would cost a look-up for every row of the initial load, and the lease's fence already
 * guarantees the source.
 */
export const datasets = apify.table(
  "datasets",
  {
    source: text().notNull(),
    id: text().notNull(),
    ...described(),
    /** Digest of all that the API said; equal digests are not written again. */
    content_hash: text().notNull(),
    first_seen_at: time().notNull(),
    changed_at: time().notNull(),
    /** A page proved the row absent: it is not live any more. */
    missing_since: time(),
    /** A later page, asked for after the grace, proved it again. Never set without `missing_since`. */
    removed_at: time(),
    /** Moves with every write of the row, strictly from commit to commit of an account. */
    written_at: time().notNull(),
    /** Whoever adds up bytes reads all rows, and taking them out of JSON costs more than all else. */
    inflated_bytes: count().generatedAlwaysAs(sql`apify.stat(stats, 'inflatedBytes')`),
  },
  (table) => [
    primaryKey({ columns: [table.source, table.id] }),
    // Every page reads the rows of its range of created_at; people list and group by it.
    index("datasets_live_created_at")
      .on(table.source, table.created_at)
      .where(sql`missing_since is null`),
    // "What expired, day by day": removed rows outnumber the live ones after some years.
    index("datasets_removed_at")
      .on(table.source, table.removed_at)
      .where(sql`removed_at is not null`),
    // Every page looks for missing rows in its range, and a tick for those whose grace is over: nearly always few.
    index("datasets_missing")
      .on(table.source, table.created_at)
      .where(sql`missing_since is not null and removed_at is null`),
    // The list as of a moment of the past holds rows that are gone now.
    index("datasets_gone_created_at")
      .on(table.source, table.created_at)
      .where(sql`missing_since is not null`),
    // By hash, since a name may be longer than a B-tree takes.
    index("datasets_live_name")
      .using("hash", table.name)
      .where(sql`missing_since is null and name is not null`),
    // What was written since a moment. A few kilobytes, and since PostgreSQL 16 no update has to write to it. On 15 updates
    // cannot be HOT with it; as the pages are full, only one in ten would be.
    index("datasets_written_at")
      .using("brin", table.written_at)
      .with({ pages_per_range: 32, autosummarize: true }),
    // For people. At a million rows they save nine tenths of a scan's time; 15 bytes a row, since equal keys share one.
    index("datasets_act_id").on(table.act_id),
    index("datasets_user_id").on(table.user_id),
  ],
);

export const dataset_versions = apify.table(
  "dataset_versions",
  {
    source: text().notNull(),
    id: text().notNull(),
    ...described(),
    valid_from: time().notNull(),
    valid_to: time().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.source, table.id, table.valid_from] }),
    // Growth over some days, and the list of a recent moment, read only the versions that ended since.
    index("dataset_versions_valid_to").on(table.source, table.valid_to),
  ],
);

export const sources = apify.table("sources", {
  name: text().primaryKey(),
  base_url: text().notNull(),
  unnamed: boolean().notNull(),
  ownership: text(),
  /** The user whose token reads the list; null until a dataset of theirs was seen. */
  owner_id: text(),
  owner_name: text(),
  incremental_offset: counter(),
  incremental_anchor_id: text(),
  incremental_anchor_created_at: time(),
  /** Rows listed up to the anchor that cannot be mirrored. */
  incremental_rejected: counter(),
  incremental_overlap: integer().notNull(),
  /** The pass in progress, by the id of its first run; null between passes. */
  full_pass: count(),
  full_pass_started_at: time(),
  full_offset: counter(),
  full_anchor_id: text(),
  full_anchor_created_at: time(),
  full_rejected: counter(),
  /** Live rows, kept with every commit. */
  live_rows: counter(),
  /** `written_at` of the last commit. */
  last_written_at: time(),
  /** Live rows when the last proven full pass ended, and how many have gone missing since: what the brake measures. */
  brake_live_rows: count(),
  brake_missing_rows: counter(),
  /** Offsets at which absent rows were found last, the latest first. */
  reconcile_hints: count()
    .array()
    .notNull()
    .default(sql`'{}'`),
  /** The shift that remained when everything was looked at. */
  reconcile_remainder: counter(),
  lease_holder: text(),
  lease_fence: counter(),
  lease_expires_at: time(),
  /** False while a service holds the lease between two runs. */
  lease_busy: boolean().notNull().default(false),
  remote_total: count(),
  last_full_pass_at: time(),
});

export const sync_runs = apify.table(
  "sync_runs",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    source: text()
      .notNull()
      .references(() => sources.name, { onDelete: "cascade", onUpdate: "cascade" }),
    kind: text({ enum: ["incremental", "named", "full"] }).notNull(),
    trigger: text({ enum: ["startup", "schedule", "manual"] }).notNull(),
    status: text({
      enum: ["running", "succeeded", "failed", "interrupted", "abandoned", "suspicious"],
    }).notNull(),
    started_at: time().notNull(),
    finished_at: time(),
    total: count(),
    count: counter(),
    pages: counter(),
    requests: counter(),
    throttled: counter(),
    throttled_ms: counter(),
    retried: counter(),
    realigned: counter(),
    inserted: counter(),
    updated: counter(),
    unchanged: counter(),
    removed: counter(),
    missing: counter(),
    rejected: counter(),
    reconciled: counter(),
    offset_from: count(),
    offset_to: count(),
    complete: boolean().notNull().default(false),
    error: text(),
  },
  (table) => [
    index("sync_runs_source_started_at").on(table.source, table.started_at),
    // A fleet asks for the last run of each kind of each account, and full passes are rare among the others.
    index("sync_runs_source_kind_started_at").on(table.source, table.kind, table.started_at),
    index("sync_runs_running")
      .on(table.source)
      .where(sql`status = 'running'`),
    // freshness asks for the last success; the service adds half a million rows a year.
    index("sync_runs_succeeded")
      .on(table.source, table.finished_at)
      .where(sql`status = 'succeeded'`),
  ],
);

export const rejected_items = apify.table(
  "rejected_items",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    run_id: count()
      .notNull()
      .references(() => sync_runs.id, { onDelete: "cascade" }),
    source: text().notNull(),
    offset: count().notNull(),
    reason: text().notNull(),
    item: jsonb(),
  },
  (table) => [index("rejected_items_run").on(table.run_id)],
);

const {
  content_hash: _hash,
  removed_at: _removed,
  inflated_bytes: _bytes,
  ...readable
} = getTableColumns(datasets);

/** `missing_since` is null in every row; it stays for the views that people have built on this one. */
export const live_datasets = apify.view("live_datasets").as((query) =>
  query
    .select(readable)
    .from(datasets)
    .where(sql`${datasets.missing_since} is null`),
);

export const freshness = apify.view("freshness", {
  source: text(),
  last_success_at: time(),
  age: text(),
  last_full_pass_at: time(),
  live_rows: count(),
  remote_total: count(),
  drift: count(),
}).as(sql`
    select s.name as source, r.last_success_at, now() - r.last_success_at as age, s.last_full_pass_at,
      s.live_rows, s.remote_total, s.remote_total - s.live_rows as drift
    from apify.sources s
    cross join lateral (
      select max(finished_at) as last_success_at from apify.sync_runs where source = s.name and status = 'succeeded'
    ) r`);
