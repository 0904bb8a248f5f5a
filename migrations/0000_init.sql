CREATE SCHEMA IF NOT EXISTS "apify";
--> statement-breakpoint
CREATE TABLE "apify"."dataset_versions" (
	"source" text NOT NULL,
	"id" text NOT NULL,
	"name" text,
	"title" text,
	"user_id" text,
	"username" text,
	"created_at" timestamp with time zone NOT NULL,
	"modified_at" timestamp with time zone,
	"accessed_at" timestamp with time zone,
	"item_count" bigint,
	"clean_item_count" bigint,
	"act_id" text,
	"act_run_id" text,
	"general_access" text,
	"stats" jsonb,
	"extra" jsonb,
	"valid_from" timestamp with time zone NOT NULL,
	"valid_to" timestamp with time zone NOT NULL,
	CONSTRAINT "dataset_versions_source_id_valid_from_pk" PRIMARY KEY("source","id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "apify"."datasets" (
	"source" text NOT NULL,
	"id" text NOT NULL,
	"name" text,
	"title" text,
	"user_id" text,
	"username" text,
	"created_at" timestamp with time zone NOT NULL,
	"modified_at" timestamp with time zone,
	"accessed_at" timestamp with time zone,
	"item_count" bigint,
	"clean_item_count" bigint,
	"act_id" text,
	"act_run_id" text,
	"general_access" text,
	"stats" jsonb,
	"extra" jsonb,
	"content_hash" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"missing_since" timestamp with time zone,
	"absent_pass" bigint,
	"removed_at" timestamp with time zone,
	CONSTRAINT "datasets_source_id_pk" PRIMARY KEY("source","id")
);
--> statement-breakpoint
CREATE TABLE "apify"."rejected_items" (
	"run_id" bigint NOT NULL,
	"source" text NOT NULL,
	"offset" bigint NOT NULL,
	"reason" text NOT NULL,
	"item" jsonb
);
--> statement-breakpoint
CREATE TABLE "apify"."sources" (
	"name" text PRIMARY KEY NOT NULL,
	"base_url" text NOT NULL,
	"unnamed" boolean NOT NULL,
	"ownership" text,
	"incremental_offset" bigint DEFAULT 0 NOT NULL,
	"incremental_anchor_id" text,
	"incremental_anchor_created_at" timestamp with time zone,
	"incremental_overlap" integer NOT NULL,
	"full_pass" bigint,
	"full_pass_started_at" timestamp with time zone,
	"full_pass_flawless" boolean DEFAULT true NOT NULL,
	"full_offset" bigint DEFAULT 0 NOT NULL,
	"full_anchor_id" text,
	"full_anchor_created_at" timestamp with time zone,
	"lease_holder" text,
	"lease_fence" bigint DEFAULT 0 NOT NULL,
	"lease_expires_at" timestamp with time zone,
	"lease_busy" boolean DEFAULT false NOT NULL,
	"remote_total" bigint,
	"last_full_pass_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "apify"."sync_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "apify"."sync_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"trigger" text NOT NULL,
	"status" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"total" bigint,
	"count" bigint DEFAULT 0 NOT NULL,
	"pages" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"throttled" bigint DEFAULT 0 NOT NULL,
	"throttled_ms" bigint DEFAULT 0 NOT NULL,
	"retried" bigint DEFAULT 0 NOT NULL,
	"realigned" bigint DEFAULT 0 NOT NULL,
	"inserted" bigint DEFAULT 0 NOT NULL,
	"updated" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"removed" bigint DEFAULT 0 NOT NULL,
	"missing" bigint DEFAULT 0 NOT NULL,
	"rejected" bigint DEFAULT 0 NOT NULL,
	"offset_from" bigint,
	"offset_to" bigint,
	"complete" boolean DEFAULT false NOT NULL,
	"error" text
);
--> statement-breakpoint
ALTER TABLE "apify"."rejected_items" ADD CONSTRAINT "rejected_items_run_id_sync_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "apify"."sync_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apify"."sync_runs" ADD CONSTRAINT "sync_runs_source_sources_name_fk" FOREIGN KEY ("source") REFERENCES "apify"."sources"("name") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "datasets_live_created_at" ON "apify"."datasets" USING btree ("source","created_at") WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX "datasets_missing" ON "apify"."datasets" USING btree ("source","absent_pass") WHERE missing_since is not null and removed_at is null;--> statement-breakpoint
CREATE INDEX "rejected_items_run" ON "apify"."rejected_items" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "sync_runs_source_started_at" ON "apify"."sync_runs" USING btree ("source","started_at");--> statement-breakpoint
CREATE INDEX "sync_runs_running" ON "apify"."sync_runs" USING btree ("source") WHERE status = 'running';--> statement-breakpoint
CREATE VIEW "apify"."freshness" AS (
    select s.name as source, r.last_success_at, now() - r.last_success_at as age, s.last_full_pass_at,
      l.live_rows, s.remote_total, s.remote_total - l.live_rows as drift
    from apify.sources s
    cross join lateral (
      select max(finished_at) as last_success_at from apify.sync_runs where source = s.name and status = 'succeeded'
    ) r
    cross join lateral (
      select count(*) as live_rows from apify.datasets where source = s.name and removed_at is null
    ) l);--> statement-breakpoint
CREATE VIEW "apify"."live_datasets" AS (select "source", "id", "name", "title", "user_id", "username", "created_at", "modified_at", "accessed_at", "item_count", "clean_item_count", "act_id", "act_run_id", "general_access", "stats", "extra", "first_seen_at", "changed_at", "missing_since" from "apify"."datasets" where "apify"."datasets"."removed_at" is null);