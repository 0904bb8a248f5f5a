import type { Config } from "../config.ts";

/** What a tool asks for to reach the mirror's database; the password is only told by where it is. */
export interface DatabaseAccess {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** `psql` is the command line that opens the embedded database, null for one of DATABASE_URL. */
export function accessTo({ database }: Pick<Config, "database">, psql: string | null): DatabaseAccess {
  const text = database.kind === "external" ? database.url : (/"(.*)"/.exec(psql ?? "")?.[1] ?? "");
  const url = new URL(text.replace("@/", "@localhost/").replace(/^(\w+:\/\/)\//, "$1localhost/"));
  const parameter = (name: string) => url.searchParams.get(name);
  const passfile = parameter("passfile");
  return {
    host: parameter("host") ?? decodeURIComponent(url.hostname),
    port: url.port || (parameter("port") ?? "5432"),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: passfile === null ? "that of DATABASE_URL" : `the last field of ${passfile}`,
  };
}

/** `host 127.0.0.1, port 54329, database mirror, user mirror, password: the last field of /.../passfile` */
export function accessText({ host, port, database, user, password }: DatabaseAccess): string {
  return `host ${host}, port ${port}, database ${database}, user ${user}, password: ${password}`;
}
