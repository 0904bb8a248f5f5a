import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

import { OperatorError } from "../core/errors.ts";
import { inDatabase, transact } from "./database.ts";
import type { Db, Executor } from "./database.ts";
import { rootOf } from "./database-error.ts";

/** Longest statement of a reader. A connection that needs longer sets its own. */
const STATEMENT_TIMEOUT = "60s";
/** Bytes; Postgres cuts longer names. */
const NAME_MAX = 63;
const SCHEMAS = sql.raw("apify_bi, apify");
const RELATIONS = sql.raw(
  "relnamespace in ('apify'::regnamespace, 'apify_bi'::regnamespace) and relkind in ('r', 'v', 'p', 'm')",
);

/**
 * Lets a role read both schemas, now and in later versions, and nothing else; all or nothing. With `create` it makes the
 * role and returns its password, of which the server gets only the SCRAM verifier.
 */
export async function grantReading(
  db: Db,
  role: string,
  create: boolean,
): Promise<{ password: string | null }> {
  checkName(role);
  const password = create ? randomBytes(18).toString("base64url") : null;
  await inDatabase(`let ${JSON.stringify(role)} read`, () =>
    transact(db, async (tx) => {
      await checkRole(tx, role, create);
      await checkOwnRights(tx, create);
      if (password !== null) await createRole(tx, role, password);
      await checkReadsOnly(tx, role);
      await grant(tx, role);
      await setDefaults(tx, role, create);
    }),
  );
  return { password };
}

function checkName(role: string): void {
  const problem =
    role === "" || role.includes("\0")
      ? "is empty or holds a NUL"
      : Buffer.byteLength(role) > NAME_MAX
        ? `is longer than ${NAME_MAX} bytes`
        : /^(public|none|pg_.*)$/.test(role)
          ? "is reserved by Postgres"
          : undefined;
  if (problem === undefined) return;
  throw new OperatorError(`the role's name ${JSON.stringify(role)} ${problem}`, {
    hint: "Take another name, such as reader.",
  });
}

async function checkRole(tx: Executor, role: string, create: boolean): Promise<void> {
  const exists = await isTrue(tx, sql`exists (select from pg_roles where rolname = ${role})`);
  if (exists && create) {
    throw new OperatorError(`the role ${JSON.stringify(role)} exists already`, {
      hint: "Leave out --create to let it read, or take another name.",
    });
  }
  if (!exists && !create) {
    throw new OperatorError(`there is no role ${JSON.stringify(role)}`, {
      hint: "Add --create to make it, or correct the name: Postgres tells upper from lower case here.",
    });
  }
}

/** Only who owns the tables can grant for certain; a grant by anybody else may be a mere warning. */
async function checkOwnRights(tx: Executor, create: boolean): Promise<void> {
  const { rows } = await tx.execute<{ me: string; owner: string }>(sql`
    select current_user as me, pg_get_userbyid(owner) as owner
    from (
      select relowner as owner from pg_class where ${RELATIONS}
      union select nspowner from pg_namespace where nspname in ('apify', 'apify_bi')
    ) o
    where not pg_has_role(current_user, owner, 'usage') limit 1`);
  const [foreign] = rows;
  if (foreign !== undefined) {
    throw new OperatorError(`the role ${foreign.me} may not grant what ${foreign.owner} owns`, {
      hint: `Run this with a DATABASE_URL of ${foreign.owner}, or of a superuser.`,
    });
  }
  const mayCreate = sql`(select rolcreaterole or rolsuper from pg_roles where rolname = current_user)`;
  if (create && !(await isTrue(tx, mayCreate))) {
    throw new OperatorError("the role of DATABASE_URL may not create roles", {
      hint: "Let a superuser create the role, and run this without --create as a superuser or as the tables' owner with CREATEROLE.",
    });
  }
}

/** A role that can write by another way would still do so: it owns the tables, or somebody has granted it more. */
async function checkReadsOnly(tx: Executor, role: string): Promise<void> {
  const { rows } = await tx.execute<{ name: string; is_super: boolean; owns: boolean }>(sql`
    select oid::regclass::text as name, pg_has_role(${role}, relowner, 'usage') as owns,
      (select rolsuper from pg_roles where rolname = ${role}) as is_super
    from pg_class
    where ${RELATIONS} and has_table_privilege(${role}, oid, 'insert, update, delete, truncate') limit 1`);
  const [writable] = rows;
  if (writable === undefined) return;
  const why = writable.is_super
    ? "is a superuser"
    : writable.owns
      ? `owns ${writable.name}`
      : `may write to ${writable.name}`;
  throw new OperatorError(`the role ${JSON.stringify(role)} ${why}, so it is no reader`, {
    hint: "Take a role of its own for reading, with --create if there is none.",
  });
}

async function grant(tx: Executor, role: string): Promise<void> {
  const reader = sql.identifier(role);
  if (!(await isTrue(tx, sql`has_database_privilege(${role}, current_database(), 'connect')`))) {
    await tx.execute(sql`grant connect on database ${await currentDatabase(tx)} to ${reader}`);
  }
  await tx.execute(sql`grant usage on schema ${SCHEMAS} to ${reader}`);
  await tx.execute(sql`grant select on all tables in schema ${SCHEMAS} to ${reader}`);
  const { rows } = await tx.execute<{ owner: string }>(
    sql`select distinct pg_get_userbyid(relowner) as owner from pg_class where ${RELATIONS}`,
  );
  for (const { owner } of rows) {
    await tx.execute(sql`
      alter default privileges for role ${sql.identifier(owner)} in schema ${SCHEMAS} grant select on tables to ${reader}`);
  }
}

/** In this database only: elsewhere the role may be used for other things. */
async function setDefaults(tx: Executor, role: string, isNew: boolean): Promise<void> {
  const settings = [
    sql`default_transaction_read_only = on`,
    sql`statement_timeout = ${sql.raw(`'${STATEMENT_TIMEOUT}'`)}`,
    ...(isNew ? [sql`search_path = apify_bi, apify, public`] : []),
  ];
  const database = await currentDatabase(tx);
  try {
    for (const setting of settings) {
      await tx.execute(sql`alter role ${sql.identifier(role)} in database ${database} set ${setting}`);
    }
  } catch (error) {
    const root = rootOf(error);
    if (!(root instanceof Error && "code" in root && root.code === INSUFFICIENT_PRIVILEGE)) throw error;
    throw new OperatorError(
      `the role of DATABASE_URL may not change the settings of ${JSON.stringify(role)}`,
      {
        hint: "Run this as a superuser, or give the role of DATABASE_URL CREATEROLE and the reader WITH ADMIN OPTION.",
        cause: root,
      },
    );
  }
}

const INSUFFICIENT_PRIVILEGE = "42501";

async function createRole(tx: Executor, role: string, password: string): Promise<void> {
  await tx.execute(
    sql`create role ${sql.identifier(role)} login password ${sql.raw(`'${scramVerifier(password)}'`)}`,
  );
}

/** What Postgres stores of a password, RFC 5803: sent itself, the password might stand in the server's log. */
function scramVerifier(password: string): string {
  const [iterations, salt] = [4096, randomBytes(16)];
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(keyed("Client Key")).digest("base64");
  const serverKey = keyed("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

async function currentDatabase(tx: Executor) {
  const { rows } = await tx.execute<{ name: string }>(sql`select current_database() as name`);
  return sql.identifier(rows[0]?.name ?? "");
}

async function isTrue(tx: Executor, condition: SQL): Promise<boolean> {
  const { rows } = await tx.execute<{ holds: boolean }>(sql`select ${condition} as holds`);
  return rows[0]?.holds === true;
}

/** For a database that is the mirror's own: psql's `\d` then shows the views and tables to everyone who connects. */
export async function showSchemas(db: Db): Promise<void> {
  await inDatabase("set the search path", async () => {
    await db.execute(sql`alter database ${await currentDatabase(db)} set search_path = ${SCHEMAS}`);
  });
}
