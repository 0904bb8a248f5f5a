import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"].find((path) =>
  existsSync(path),
);

/** Why the tests behind a pooler are left out; null where they run. In CI they must: a skipped test would look like a passed one. */
export const WITHOUT_PGBOUNCER =
  PROGRAM === undefined && !process.env["CI"] ? "there is no PgBouncer on this machine" : null;

export interface PgBouncer extends AsyncDisposable {
  /** The database behind it. */
  readonly url: string;
}

/** PgBouncer in transaction mode in front of a database, with one server connection less than a service has clients. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  if (PROGRAM === undefined) throw new Error("PgBouncer is not installed: apt-get install pgbouncer");
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-pgbouncer-"));
  stack.defer(() => rm(folder, { recursive: true }));
  // As root it runs as another account, which has to read its files.
  await chmod(folder, 0o711);
  const url = new URL(databaseUrl);
  const port = await freePort();
  const [users, settings] = [join(folder, "users.txt"), join(folder, "pgbouncer.ini")];
  await writeFile(users, `"${url.username}" "${decodeURIComponent(url.password)}"\n`);
  await writeFile(settings, settingsOf(url, port, users));
  const asRoot = process.geteuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(PROGRAM, [...asRoot, settings], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  stack.defer(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let log = "";
  const isUp = Promise.withResolvers<void>();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
    if (log.includes("process up")) isUp.resolve();
  });
  const failed = ended.then(() => Promise.reject(new Error(`PgBouncer did not start:\n${log}`)));
  // Whoever is behind the race does not care.
  failed.catch(() => {});
  await Promise.race([isUp.promise, failed]);
  url.host = `127.0.0.1:${port}`;
  // It trusts everybody, whatever the URL of the database demands.
  url.search = "";
  const owned = stack.move();
  return { url: url.href, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function settingsOf({ hostname, port }: URL, ownPort: number, users: string): string {
  return `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
