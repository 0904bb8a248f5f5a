import { OperatorError, codeOf } from "../../core/errors.ts";
import { findPassword } from "./cluster.ts";
import type { Home } from "./home.ts";
import { ScramClient } from "./scram-client.ts";

/** What waits here for hours must not be ended, whatever postgresql.conf says. */
const NO_TIMEOUTS = "-c idle_session_timeout=0 -c statement_timeout=0 -c lock_timeout=0";

/** Two-number keys of advisory locks in the database `postgres`. */
export const LOCKS = {
  users: "hashtext('dataset-mirror'), 1",
  // 2 was the service's in version 0.1.
  setup: "hashtext('dataset-mirror'), 3",
  own: (key: number) => `hashtext('dataset-mirror'), ${key}`,
};

/** Undefined: no server accepts connections on that port, yet or any more. */
export async function connect(
  home: Home,
  port: number,
  user: string,
  database: string,
): Promise<ScramClient | undefined> {
  const password = (await findPassword(home, user)) ?? "no line in the passfile";
  const client = new ScramClient({
    ...{ host: "127.0.0.1", port, user, password, database, ssl: false, options: NO_TIMEOUTS },
    application_name: "dataset-mirror",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    if (error instanceof OperatorError) throw error;
    // 28P01, invalid_password
    if (codeOf(error) !== "28P01") return undefined;
    throw new OperatorError(
      `the embedded Postgres rejects the password of role ${user} in ${home.passfile}`,
      {
        hint: `The file needs a line 127.0.0.1:*:*:${user}:<password> with the password that the role has.`,
        cause: error,
      },
    );
  }
}
