DROP INDEX "apify"."datasets_missing";--> statement-breakpoint
CREATE INDEX "datasets_missing" ON "apify"."datasets" USING btree ("source","created_at") WHERE missing_since is not null and removed_at is null;--> statement-breakpoint
ALTER TABLE "apify"."datasets" DROP COLUMN "absent_pass";--> statement-breakpoint
ALTER TABLE "apify"."sources" DROP COLUMN "full_pass_flawless";