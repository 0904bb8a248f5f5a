import { expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { addPassword } from "../../src/mirror/embedded/cluster.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { createFormerHome } from "../support/embedded-former.ts";
import { ask, createTestHome, open } from "../support/embedded.ts";

test("the role that is handed out owns its database and has no other right", async () => {
  await using home = await createTestHome();
  await using db = await open(home);
  const attributes = "rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls";
  expect(await ask(db.url, `select ${attributes} from pg_roles where rolname = current_user`)).toBe(false);
  const memberships = "select count(*)::int from pg_auth_members where member = current_user::regrole";
  expect(await ask(db.url, memberships)).toBe(0);
  const owned = "select string_agg(datname, ' ') from pg_database where datdba = current_user::regrole";
  expect(await ask(db.url, owned)).toBe("mirror");
  await ask(db.url, "create table public.lines (line text)");
  for (const statement of [
    "copy public.lines from program 'env'",
    "copy public.lines from '/etc/passwd'",
    "select pg_read_file('postgresql.conf')",
    "create role another",
    "create database another",
    "alter system set log_statement = 'all'",
  ]) {
    await expect(ask(db.url, statement)).rejects.toMatchObject({ code: "42501" });
  }
});

/** A superuser's objects that did not come with initdb or an extension. */
const LEFT_OVER = `
  select string_agg(distinct o.type || ' ' || o.identity, ', ')
  from (select 'pg_class'::regclass as catalog, oid, relowner as owner from pg_class
        union all select 'pg_proc'::regclass, oid, proowner from pg_proc
        union all select 'pg_type'::regclass, oid, typowner from pg_type
        union all select 'pg_namespace'::regclass, oid, nspowner from pg_namespace) as objects,
       pg_identify_object(catalog, oid, 0) as o
  where owner = 10 and oid >= 16384
    and not exists (select from pg_depend where classid = catalog and objid = oid and deptype = 'e')
    and o.schema is distinct from 'pg_toast'`;

test("a cluster of version 0.1, in which the mirror was the superuser, continues with an ordinary role", async () => {
  await using home = await createFormerHome();
  const [db, other] = await Promise.all([open(home), open(home)]);
  await other[Symbol.asyncDispose]();
  await using _db = db;
  expect(new URL(db.url).password).toBe(home.password);
  const superusers = "select string_agg(rolname, ' ') from pg_roles where rolcanlogin and rolsuper";
  expect(await ask(db.url, superusers)).toBe("mirror_admin");
  expect(await ask(db.url, "show search_path")).toBe("apify_bi, apify");
  expect(await ask(db.adminUrl, LEFT_OVER)).toBeNull();
  expect(await ask(db.url, "select note from public.notes")).toBe("made in 0.1");
  await using database = openDatabase(db.url);
  expect(await migrate(database.db)).toEqual({ applied: 0 });
  await ask(db.url, "alter table apify.datasets add column tried int");
  await ask(db.url, "drop view public.large");
  await ask(db.url, "insert into public.notes (note) values ('kept')");
});

test("a cluster of version 0.1 whose administrator was created but not noted gets another", async () => {
  await using home = await createFormerHome((url) =>
    ask(url, "create role mirror_admin superuser login password 'lost'"),
  );
  await using db = await open(home);
  expect(await ask(db.adminUrl, LEFT_OVER)).toBeNull();
});

test("a cluster of version 0.1 whose superuser was renamed, but whose objects were not handed over", async () => {
  await using home = await createFormerHome(async (url, passfile) => {
    const { password } = new URL(url);
    await ask(url, `create role mirror_admin superuser login password '${password}'`);
    await addPassword(passfile, "mirror_admin", password);
    const asAdmin = url.replace("//mirror:", "//mirror_admin:");
    await ask(asAdmin, "alter role mirror rename to mirror_0_1");
    await ask(asAdmin, `create role mirror login password '${password}'`);
  });
  await using db = await open(home);
  expect(await ask(db.adminUrl, LEFT_OVER)).toBeNull();
  await ask(db.url, "insert into public.notes (note) values ('kept')");
});
