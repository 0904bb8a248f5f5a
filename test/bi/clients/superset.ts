import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startProcess } from "../../support/process.ts";
import { run } from "../reader.ts";
import type { Role } from "../reader.ts";
import { areInstalled, programsOf } from "./installed.ts";

const PROGRAMS = programsOf("superset");
const BUNDLE = join(import.meta.dirname, "../../../deploy/superset");
export const HAS_SUPERSET = areInstalled([], [join(PROGRAMS, "superset")]);
const RUNNING = /Running on (http:\S+)/;
export const ADMIN = { username: "admin", password: "admin" };

export interface Superset extends AsyncDisposable {
  /** Starts the server and returns its address. */
  serve(): Promise<string>;
  /** Runs a script in Superset's Python and returns what it printed. */
  python(...args: string[]): Promise<string>;
}

/** Superset as deploy/README.md tells to set it up, with the dashboard imported and the mirror as its database. */
export async function openSuperset({ role, password, host, port, database }: Role): Promise<Superset> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "dataset-mirror-superset-"));
  stack.defer(() => rm(home, { recursive: true }));
  const env = { FLASK_APP: "superset", SUPERSET_SECRET_KEY: randomUUID().repeat(2), SUPERSET_HOME: home };
  const program = (name: string, args: readonly string[], cwd = home) =>
    run(join(PROGRAMS, name), args, { env, cwd });
  const superset = (...args: string[]) => program("superset", args);
  const bundle = join(home, "bundle.zip");
  const user = { ...ADMIN, firstname: "Ada", lastname: "Admin", email: "admin@example.com" };
  await superset("db", "upgrade");
  await superset(
    "fab",
    "create-admin",
    ...Object.entries(user).flatMap(([name, value]) => [`--${name}`, value]),
  );
  await superset("init");
  await program("python", ["-m", "zipfile", "-c", bundle, "apify_mirror"], BUNDLE);
  await superset("import-dashboards", "--path", bundle, "--username", ADMIN.username);
  const uri = `postgresql+psycopg2://${role}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  await superset("set-database-uri", "--database_name", "Apify mirror", "--uri", uri);
  const owned = stack.move();
  return {
    async serve() {
      // The system chooses the port, which another program would have taken by the time Superset is up.
      const server = startProcess([join(PROGRAMS, "superset"), "run", "-p", "0"], env, home);
      owned.defer(async () => {
        server.kill("SIGTERM");
        await server.ended;
      });
      await server.printed(RUNNING);
      const [, url = ""] = RUNNING.exec(server.output()) ?? [];
      return url;
    },
    python: (...args) => program("python", args),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
