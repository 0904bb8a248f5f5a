import { bigint, date, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

import { apify, sources } from "./schema.ts";

const count = () => bigint({ mode: "number" }).notNull();

/** What a day (UTC) ended with, or stands at so far, by Actor; written by `writeActorDays`. */
export const actor_days = apify.table(
  "actor_days",
  {
    source: text()
      .notNull()
      .references(() => sources.name, { onDelete: "cascade", onUpdate: "cascade" }),
    day: date().notNull(),
    act_id: text().notNull(),
    as_of: timestamp({ withTimezone: true }).notNull(),
    live: count(),
    items: count(),
    inflated_bytes: count(),
    created: count(),
    removed: count(),
  },
  (table) => [primaryKey({ columns: [table.source, table.day, table.act_id] })],
);
