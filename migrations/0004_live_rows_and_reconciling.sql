DROP INDEX "apify"."datasets_live_created_at";
--> statement-breakpoint
ALTER TABLE "apify"."datasets" ADD COLUMN "written_at" timestamp with time zone DEFAULT now() NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."datasets" ALTER COLUMN "written_at" DROP DEFAULT;
--> statement-breakpoint
ALTER TABLE "apify"."rejected_items" ADD COLUMN "id" bigint PRIMARY KEY NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "apify"."rejected_items_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "owner_id" text;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "owner_name" text;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "incremental_rejected" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "full_rejected" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "live_rows" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "last_written_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "brake_live_rows" bigint;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "brake_missing_rows" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "reconcile_hints" bigint[] DEFAULT '{}' NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sources" ADD COLUMN "reconcile_remainder" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "apify"."sync_runs" ADD COLUMN "reconciled" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX "datasets_live_created_at" ON "apify"."datasets" USING btree ("source","created_at") WHERE missing_since is null;
--> statement-breakpoint
CREATE OR REPLACE VIEW "apify"."freshness" AS (
    select s.name as source, r.last_success_at, now() - r.last_success_at as age, s.last_full_pass_at,
      s.live_rows, s.remote_total, s.remote_total - s.live_rows as drift
    from apify.sources s
    cross join lateral (
      select max(finished_at) as last_success_at from apify.sync_runs where source = s.name and status = 'succeeded'
    ) r);
--> statement-breakpoint
CREATE OR REPLACE VIEW "apify"."live_datasets" AS (select "source", "id", "name", "title", "user_id", "username", "created_at", "modified_at", "accessed_at", "item_count", "clean_item_count", "act_id", "act_run_id", "general_access", "stats", "extra", "first_seen_at", "changed_at", "missing_since", "written_at" from "apify"."datasets" where "apify"."datasets"."missing_since" is null);
--> statement-breakpoint
UPDATE apify.sources s SET live_rows = (SELECT count(*) FROM apify.datasets d WHERE d.source = s.name AND d.missing_since IS NULL);
--> statement-breakpoint
CREATE OR REPLACE FUNCTION apify.datasets_as_of(moment timestamptz)
RETURNS TABLE (source text, id text, name text, title text, user_id text, username text, created_at timestamptz, modified_at timestamptz, accessed_at timestamptz, item_count bigint, clean_item_count bigint, act_id text, act_run_id text, general_access text, stats jsonb, extra jsonb, valid_from timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT d.source, d.id, d.name, d.title, d.user_id, d.username, d.created_at, d.modified_at, d.accessed_at, d.item_count, d.clean_item_count, d.act_id, d.act_run_id, d.general_access, d.stats, d.extra, d.changed_at
  FROM apify.datasets d
  WHERE d.changed_at <= moment AND (d.missing_since IS NULL OR d.missing_since > moment)
  UNION ALL
  SELECT v.source, v.id, v.name, v.title, v.user_id, v.username, v.created_at, v.modified_at, v.accessed_at, v.item_count, v.clean_item_count, v.act_id, v.act_run_id, v.general_access, v.stats, v.extra, v.valid_from
  FROM apify.dataset_versions v
  WHERE v.valid_from <= moment AND v.valid_to > moment;
END;
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."missing_since" IS 'When a page of the list first proved the dataset absent: it is not live from then on; null while it is listed.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."removed_at" IS 'When a second page, asked for after the grace, proved the absence again; null until then.';
--> statement-breakpoint
COMMENT ON COLUMN apify.datasets."written_at" IS 'When this row was last written, absence and removal included. Grows strictly from commit to commit of an account: remember the largest one you saw, and ask for larger ones.';
--> statement-breakpoint
COMMENT ON TABLE apify.datasets IS 'Every dataset the account has listed, one row each; those that left the list stay, with missing_since and removed_at. For the list as it is now use live_datasets.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."missing_since" IS 'Null in every row: a missing dataset is not live.';
--> statement-breakpoint
COMMENT ON COLUMN apify.live_datasets."written_at" IS 'When the row was last written by the mirror.';
--> statement-breakpoint
COMMENT ON VIEW apify.live_datasets IS 'The datasets the account has now: those that were listed when the mirror last had proof of them.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."owner_id" IS 'User id of the account whose token reads the list; null until it was seen. A token of another account is refused.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."owner_name" IS 'User name of that account.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."incremental_rejected" IS 'Listed items up to the anchor that cannot be mirrored, see rejected_items.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."full_rejected" IS 'Listed items that the full pass in progress has read and that cannot be mirrored.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."live_rows" IS 'Number of live datasets, kept with every commit.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."last_written_at" IS 'Largest written_at of the accounts datasets.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."brake_live_rows" IS 'Live datasets at the end of the last proven full pass; null before the first.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."brake_missing_rows" IS 'Datasets that left the live list since then: the brake compares it with brake_live_rows.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."reconcile_hints" IS 'Offsets in the list at which absent datasets were found last: looked at first the next time.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."reconcile_remainder" IS 'Difference between the mirror and the list that stayed when everything was looked at; not searched for again until it changes.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sources."last_full_pass_at" IS 'When the last full pass began that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."kind" IS 'incremental: from the cursor to the end, then what is gone; named: the named datasets, for their changes; full: the whole list.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."reconciled" IS 'Pages that were read to find datasets that left the list; they count among pages, too.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."missing" IS 'Datasets that left the live list in this run.';
--> statement-breakpoint
COMMENT ON COLUMN apify.sync_runs."status" IS 'running, succeeded, failed, interrupted (stopped on request), abandoned (the process died) or suspicious (too much would have left the live list).';
--> statement-breakpoint
COMMENT ON COLUMN apify.rejected_items."id" IS 'Number of the entry.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."last_full_pass_at" IS 'When the last full pass began that was proven from the first row to the last.';
--> statement-breakpoint
COMMENT ON COLUMN apify.freshness."live_rows" IS 'Datasets that are live in the mirror.';
