import { randomInt } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../core/errors.ts";
import { ADMIN, MIRROR } from "./cluster.ts";
import { LOCKS, connect } from "./connect.ts";
import type { Home } from "./home.ts";
import type { Programs } from "./programs.ts";
import { connectAdmin, ensureMirror } from "./roles.ts";
import type { ScramClient } from "./scram-client.ts";

const END_MS_MAX = 5000;

/**
 * A process's share in the server: a connection with advisory locks, which Postgres releases however the process ends.
 * All processes share the lock `users`. A second connection, the watcher, waits in the server for the end of the first
 * one, and stops the server if it then gets `users` for itself.
 */
export class Session {
  readonly #client: ScramClient;
  #stopped: Promise<boolean> | undefined;

  private constructor(client: ScramClient) {
    this.#client = client;
  }

  /** Undefined: no server of this folder accepts connections on that port, yet or any more. */
  static async join(home: Home, programs: Programs, port: number): Promise<Session | undefined> {
    const client = await connectAdmin(home, port);
    if (client === undefined) return undefined;
    const session = new Session(client);
    try {
      if (await session.#enter(home, programs, port)) return session;
    } catch (error) {
      if (await session.isAlive()) throw error;
    }
    await session.leave();
    return undefined;
  }

  async #enter(home: Home, { bin }: Programs, port: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ data_directory: string }>("show data_directory");
    // A copy of the folder accepts the same passwords.
    if ((await realpath(rows[0]?.data_directory ?? "")) !== (await realpath(home.data))) return false;
    const own = LOCKS.own(randomInt(1000, 2 ** 31));
    await this.#client.query(`select pg_advisory_lock_shared(${LOCKS.users}), pg_advisory_lock(${own})`);
    await ensureMirror(home, port, this.#client);
    // The credentials that the caller will use are tried here, where there is a hint for them.
    await using mirror = await connect(home, port, MIRROR, MIRROR);
    const watcher = await connect(home, port, ADMIN, "postgres");
    if (mirror === undefined || watcher === undefined) return false;
    this.#stopped = watcher
      .query(stopAfter(own, join(bin, "pg_ctl")))
      // 55P03, lock_not_available: others use the server. Anything else is the server's end.
      .then(
        () => true,
        (error: unknown) => codeOf(error) !== "55P03",
      )
      .finally(() => watcher.connection.stream.destroy());
    return true;
  }

  /** False once the server has stopped or the connection was cut. */
  async isAlive(): Promise<boolean> {
    return this.#client.query("select").then(
      () => true,
      () => false,
    );
  }

  /** Ends the connection. True: the server is stopping or has gone; false: other processes use it. */
  async leave(): Promise<boolean> {
    const ended = this.#client.end().catch(() => undefined);
    await Promise.race([ended, sleep(END_MS_MAX, undefined, { ref: false })]);
    this.#client.connection.stream.destroy();
    return this.#stopped ?? false;
  }
}

/** openHome refuses paths that a shell would interpret inside double quotes. */
function stopAfter(own: string, pgCtl: string): string {
  const program = `"${pgCtl}" stop -D . -m fast -W -s`.replaceAll("'", "''");
  return `
    select pg_advisory_lock(${own});
    set lock_timeout = '200ms';
    select pg_advisory_lock(${LOCKS.users});
    copy (select) to program '${program}'`;
}
