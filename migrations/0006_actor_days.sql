CREATE TABLE "apify"."actor_days" (
	"source" text NOT NULL,
	"day" date NOT NULL,
	"act_id" text NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"live" bigint NOT NULL,
	"items" bigint NOT NULL,
	"inflated_bytes" bigint NOT NULL,
	"created" bigint NOT NULL,
	"removed" bigint NOT NULL,
	CONSTRAINT "actor_days_source_day_act_id_pk" PRIMARY KEY("source","day","act_id")
);
--> statement-breakpoint
ALTER TABLE "apify"."actor_days" ADD CONSTRAINT "actor_days_source_sources_name_fk" FOREIGN KEY ("source") REFERENCES "apify"."sources"("name") ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
CREATE INDEX "datasets_act_id" ON "apify"."datasets" USING btree ("act_id");--> statement-breakpoint
CREATE INDEX "datasets_user_id" ON "apify"."datasets" USING btree ("user_id");