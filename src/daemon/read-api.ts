import type { FastifyPluginAsync } from "fastify";

import { readApi } from "../api/read-api.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../core/clock.ts";
import { openDatabase } from "../mirror/database.ts";
import type { Db } from "../mirror/database.ts";
import type { Logger } from "../ops/log.ts";
import { repeatedFailures } from "../ops/repeated.ts";

/** The read API on connections of its own, so that no page of a pass waits for a reader; undefined where it is off. */
export function openReadApi(
  stack: AsyncDisposableStack,
  config: Pick<Config, "readApi" | "source">,
  databaseUrl: string,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): FastifyPluginAsync | undefined {
  if (config.readApi === null) return undefined;
  const { db } = stack.use(
    openDatabase(databaseUrl, (err) => log.debug({ err }, "an idle connection was lost")),
  );
  return readApiOn(db, config, { log, clock });
}

/** The same on connections that there are already. */
export function readApiOn(
  db: Db,
  config: Pick<Config, "readApi" | "source">,
  { log, clock }: { readonly log: Logger; readonly clock: Clock },
): FastifyPluginAsync | undefined {
  if (config.readApi === null) return undefined;
  const repeated = repeatedFailures(log, clock);
  return readApi({
    ...{ ...config.readApi, db, source: config.source.name },
    failures: {
      failed: (error) => repeated.failed(error, "the read API cannot read the mirror"),
      recovered: () => repeated.recovered(),
    },
    onError: (err) => log.error({ err }, "a request to the read API could not be answered"),
  });
}
