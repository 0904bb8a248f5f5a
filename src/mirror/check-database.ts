import { sql } from "drizzle-orm";

import { OperatorError } from "../core/errors.ts";
import type { Executor } from "./database.ts";

/** Refuses a database that could not hold the mirror, or a role for which the server does not keep it consistent. */
export async function checkDatabase(db: Executor): Promise<void> {
  const { rows } = await db.execute<Record<"name" | "role" | "encoding" | "replication", string>>(sql`
    select current_database() as name, quote_ident(current_user) as role, current_setting('server_encoding') as encoding,
      current_setting('session_replication_role') as replication`);
  for (const { name, role, encoding, replication } of rows) {
    if (encoding !== "UTF8") {
      throw new OperatorError(
        `the database ${name} is encoded in ${encoding}, which cannot hold every name of a dataset`,
        {
          hint: `Create another one and name it in DATABASE_URL: create database NAME encoding 'UTF8' locale 'C' template template0`,
        },
      );
    }
    // Only a superuser may change it, so it cannot be pinned.
    if (replication === "replica") {
      throw new OperatorError(`session_replication_role is replica, so no foreign key is enforced`, {
        hint: `Reset it where it is set: alter role ${role} reset session_replication_role, or the same of the database.`,
      });
    }
  }
}

/**
 * Refuses a schema that an untrusted role owns, or in which it owns a table: a trigger of that role's would run with the
 * rights of this one.
 */
export async function checkSchema(db: Executor, name: string): Promise<void> {
  const { rows } = await db.execute<Record<"thing" | "owner" | "role", string>>(sql`
    with me as (
      select oid, rolname, rolsuper from pg_roles where rolname = current_user
    ), trusted as (
      select r.oid from pg_roles r cross join me
      where r.oid = me.oid or r.rolsuper or r.rolname = 'pg_database_owner'
        or r.oid = (select datdba from pg_database where datname = current_database())
        -- A superuser counts as a member of every role.
        or not me.rolsuper and pg_has_role(me.oid, r.oid, 'member')
    ), things as (
      select 'schema ' || nspname as thing, nspowner as owner from pg_namespace where nspname = ${name}
      union all
      select 'relation ' || ${name} || '.' || relname, relowner from pg_class where relnamespace = to_regnamespace(${name})
    )
    select thing, quote_ident(o.rolname) as owner, quote_ident(me.rolname) as role
    from things cross join me join pg_roles o on o.oid = things.owner
    where o.oid not in (select oid from trusted) order by thing like 'schema%' desc, thing limit 1`);
  for (const { thing, owner, role } of rows) {
    throw new OperatorError(`the ${thing} belongs to the role ${owner}, which could run code as this one`, {
      hint: `Give it away (alter ${thing.replace("relation", "table")} owner to ${role}), or use another database.`,
    });
  }
}

/** Whatever has a schema of this name without the mirror's tables is another program's. */
export function foreignSchema(name = "apify"): OperatorError {
  return new OperatorError(`the database has a schema ${name} that is not the mirror's`, {
    hint: `Name another database in DATABASE_URL, or rename the schema: alter schema ${name} rename to ...`,
  });
}
