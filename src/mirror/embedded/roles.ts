import { ADMIN, MIRROR, addPassword, createPassword, findPassword } from "./cluster.ts";
import { LOCKS, connect } from "./connect.ts";
import type { Home } from "./home.ts";
import type { ScramClient } from "./scram-client.ts";

/** The new name of the role `mirror` of version 0.1, the first superuser, which Postgres never lets be anything else. */
const FORMER = "mirror_0_1";

/** A connection of the superuser, whom a cluster of version 0.1 is given first. Undefined: see `connect`. */
export async function connectAdmin(home: Home, port: number): Promise<ScramClient | undefined> {
  if ((await findPassword(home, ADMIN)) === undefined) {
    await using former = await connect(home, port, MIRROR, "postgres");
    if (former === undefined) return undefined;
    await locked(former, () => createAdmin(home, former));
  }
  return connect(home, port, ADMIN, "postgres");
}

async function createAdmin(home: Home, client: ScramClient): Promise<void> {
  // Another process may have done it, or this be a later cluster whose passfile lost a line.
  if ((await findPassword(home, ADMIN)) !== undefined || !(await isSuperuser(client, MIRROR))) return;
  const password = createPassword();
  await client.query(
    `drop role if exists ${ADMIN}; create role ${ADMIN} superuser login password '${password}'`,
  );
  await addPassword(home.passfile, ADMIN, password);
}

/** Creates the mirror's role and database, or hands over those of version 0.1 to a role without a superuser's rights. */
export async function ensureMirror(home: Home, port: number, admin: ScramClient): Promise<void> {
  await locked(admin, async () => {
    const password = await findPassword(home, MIRROR);
    const create = `create role ${MIRROR} login password '${password}'`;
    const wasSuperuser = await isSuperuser(admin, MIRROR);
    if (wasSuperuser === undefined) await admin.query(create);
    if (wasSuperuser === true) {
      await admin.query(`alter role ${MIRROR} rename to ${FORMER}; alter role ${FORMER} nologin; ${create}`);
    }
    const { rows } = await admin.query<{ owner: string }>(
      `select pg_get_userbyid(datdba) as owner from pg_database where datname = '${MIRROR}'`,
    );
    const owner = rows[0]?.owner;
    if (owner === MIRROR) return;
    if (owner === undefined) await admin.query(`create database ${MIRROR}`);
    await using database = await connect(home, port, ADMIN, MIRROR);
    await database?.query(HAND_OVER);
  });
}

/** Objects that came with initdb have numbers below 16384; those of an extension stay its own. */
const HAND_OVER = `
  do $$
  declare
    statement text;
  begin
    for statement in
      select format('alter %s %s owner to ${MIRROR}', object.type, object.identity)
      from (
        select 'pg_namespace'::regclass as catalog, oid, nspowner as owner from pg_namespace
        union all select 'pg_class'::regclass, oid, relowner from pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        union all select 'pg_proc'::regclass, oid, proowner from pg_proc
        union all select 'pg_type'::regclass, oid, typowner from pg_type where typtype in ('d', 'e', 'r')
      ) as owned,
      pg_identify_object(catalog, oid, 0) as object
      where pg_get_userbyid(owner) = '${FORMER}' and oid >= 16384
        and not exists (select from pg_depend where classid = catalog and objid = oid and deptype = 'e')
      -- The sequence of a column follows its table, and must not be altered before it.
      order by object.type = 'sequence'
    loop
      execute statement;
    end loop;
  end $$;
  alter database ${MIRROR} set search_path = apify_bi, apify;
  alter database ${MIRROR} owner to ${MIRROR}`;

async function isSuperuser(client: ScramClient, role: string): Promise<boolean | undefined> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    "select rolsuper from pg_roles where rolname = $1",
    [role],
  );
  return rows[0]?.rolsuper;
}

/** Several processes may find a new server at the same time. */
async function locked(client: ScramClient, work: () => Promise<void>): Promise<void> {
  await client.query(`select pg_advisory_lock(${LOCKS.setup})`);
  try {
    await work();
  } finally {
    await client.query(`select pg_advisory_unlock(${LOCKS.setup})`);
  }
}
