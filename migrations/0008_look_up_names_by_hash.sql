DROP INDEX "apify"."datasets_live_name";--> statement-breakpoint
CREATE INDEX "datasets_live_name" ON "apify"."datasets" USING hash ("name") WHERE missing_since is null and name is not null;