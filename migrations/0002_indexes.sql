CREATE INDEX "dataset_versions_valid_to" ON "apify"."dataset_versions" USING btree ("source","valid_to");--> statement-breakpoint
CREATE INDEX "datasets_removed_at" ON "apify"."datasets" USING btree ("source","removed_at") WHERE removed_at is not null;--> statement-breakpoint
CREATE INDEX "sync_runs_succeeded" ON "apify"."sync_runs" USING btree ("source","finished_at") WHERE status = 'succeeded';