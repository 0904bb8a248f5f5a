import { sql } from "drizzle-orm";

import { OperatorError } from "../core/errors.ts";
import type { Run } from "./begin-run.ts";
import { inDatabase } from "./database.ts";
import type { Db } from "./database.ts";
import { LeaseLostError } from "./lease.ts";

/** The user whose token reads the list. */
export interface Owner {
  readonly id: string;
  readonly name: string | null;
}

/** A mirror holds one account: two of them in one would take each other's rows for gone. */
export class OtherOwnerError extends OperatorError {
  override name = "OtherOwnerError";

  constructor(source: string, stored: string, { id, name }: Owner) {
    super(
      `the token is that of user ${name ?? id}, but the account ${JSON.stringify(source)} is that of user ${stored}`,
      {
        hint: "Set SOURCE_NAME to another name for this token, or correct APIFY_TOKEN or APIFY_API_BASE_URL. Nothing was written.",
      },
    );
  }
}

/** Compares the owner with the stored one, and stores the first that is seen. Throws OtherOwnerError. */
export async function checkOwner(db: Db, { lease }: Run, owner: Owner): Promise<void> {
  const { rows } = await inDatabase("check the owner of the account", () =>
    db.execute<{ owner_id: string; owner_name: string | null }>(sql`
      update apify.sources set owner_id = coalesce(owner_id, ${owner.id}),
        owner_name = case when owner_id is distinct from ${owner.id} and owner_id is not null then owner_name else ${owner.name} end
      where name = ${lease.source} and lease_fence = ${lease.fence}
      returning owner_id, owner_name`),
  );
  const stored = rows[0];
  if (stored === undefined) throw new LeaseLostError(lease.source);
  if (stored.owner_id !== owner.id) {
    throw new OtherOwnerError(lease.source, stored.owner_name ?? stored.owner_id, owner);
  }
}
