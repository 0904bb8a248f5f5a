import { thisHost, toConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { OperatorError } from "../core/errors.ts";
import { openStore } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { exists, homeAt } from "../mirror/embedded/home.ts";
import { requireCurrentSchema } from "../mirror/migrate.ts";
import { createLogger } from "../ops/log.ts";
import { systemClock, systemRandom } from "../system.ts";
import type { Terminal } from "./terminal.ts";

export interface Setup<Token extends string | undefined> {
  readonly config: Config<Token>;
  readonly around: ProcessContext;
}

/** What every command needs before it begins. Throws a ConfigError that names every bad variable. */
export function setUp(terminal: Terminal, needs: { readonly token: true }): Setup<string>;
export function setUp(terminal: Terminal, needs: { readonly token: false }): Setup<string | undefined>;
export function setUp(
  { env, signal, stderr, host }: Terminal,
  needs: { readonly token: boolean },
): Setup<string | undefined> {
  const config = toConfig(env, needs, thisHost());
  const log = createLogger({
    ...config.log,
    secrets: config.secrets,
    stream: stderr,
    colorize: isColorful(env, stderr),
  });
  for (const warning of config.warnings) log.warn(warning);
  return { config, around: { clock: systemClock, random: systemRandom, log, signal, host } };
}

/** https://no-color.org and https://force-color.org */
export function isColorful(env: Terminal["env"], stream: { readonly isTTY: boolean }): boolean {
  if (env["NO_COLOR"]) return false;
  return stream.isTTY || Boolean(env["FORCE_COLOR"]);
}

/** Opens a mirror that exists: neither creates an embedded database nor migrates a schema, but says what is missing. */
export async function openExistingStore(config: Config, context: ProcessContext): Promise<MirrorStore> {
  const { database } = config;
  if (database.kind === "embedded" && !(await exists(homeAt(database.dataDir).cluster))) {
    throw new OperatorError(`there is no embedded database in ${database.dataDir} yet`, {
      hint: "`sync` and `start` create it. If the mirror is elsewhere, set DATA_DIR or DATABASE_URL as they have it.",
    });
  }
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore(config, context));
  await requireCurrentSchema(store.database.db);
  stack.move();
  return store;
}
