/** The list as one would write it without much thought: LIMIT and OFFSET, a count, and rows that become JSON here. */
import { and, asc, count, desc, eq, isNotNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { fastify } from "fastify";
import { Pool } from "pg";

import { LIMIT_MAX, querySchema } from "../../src/apify/contract.ts";
import { live_datasets as list } from "../../src/mirror/schema.ts";

export interface OffsetOrder {
  readonly database: string;
}

const ITEM = {
  ...{ id: list.id, name: list.name, title: list.title, userId: list.user_id, username: list.username },
  ...{ createdAt: list.created_at, modifiedAt: list.modified_at, accessedAt: list.accessed_at },
  ...{ itemCount: list.item_count, cleanItemCount: list.clean_item_count, stats: list.stats },
  ...{ actId: list.act_id, actRunId: list.act_run_id, generalAccess: list.general_access },
};

/** Serves until its process ends. Returns where. */
export async function run({ database }: OffsetOrder): Promise<string> {
  const db = drizzle({ client: new Pool({ connectionString: database }) });
  const app = fastify();
  app.get("/v2/datasets", async (request) => {
    const query = querySchema.parse(request.query);
    const { offset = 0, limit = LIMIT_MAX, unnamed = false } = query;
    const where = and(eq(list.source, "default"), unnamed ? undefined : isNotNull(list.name));
    const order = query.desc ? desc : asc;
    const items = await db
      .select(ITEM)
      .from(list)
      .where(where)
      .orderBy(order(list.created_at), order(list.id))
      .limit(limit)
      .offset(offset);
    const [counted] = await db.select({ total: count() }).from(list).where(where);
    return { data: { ...counted, offset, limit, desc: query.desc, count: items.length, items } };
  });
  return app.listen({ host: "127.0.0.1", port: 0 });
}
