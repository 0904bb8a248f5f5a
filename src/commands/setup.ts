import { ConfigError, thisHost, toConfig } from "../config.ts";
import type { AccountsConfig, Config, Needs } from "../config.ts";
import type { FleetConfig } from "../config/build.ts";
import { OperatorError } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import { openStore } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { exists, homeAt } from "../mirror/embedded/home.ts";
import { requireCurrentSchema } from "../mirror/migrate.ts";
import { createLogger } from "../ops/log.ts";
import { systemClock, systemRandom } from "../system.ts";
import type { Terminal } from "./terminal.ts";

interface SetupOf<C> {
  readonly config: C;
  readonly around: ProcessContext;
  /** Strikes more texts from every line of the log from now on. */
  readonly keepSecret: (secrets: readonly string[]) => void;
}
export type AccountsSetup = SetupOf<AccountsConfig>;
export type Setup<Token extends string | undefined> = SetupOf<Config<Token>>;

/** What every command needs before it begins. Throws a ConfigError that names every bad variable. */
export function setUp(terminal: Terminal, needs: { readonly token: true }): Setup<string>;
export function setUp(terminal: Terminal, needs: { readonly token: false }): Setup<string | undefined>;
export function setUp(terminal: Terminal, needs: { readonly token: "each" }): AccountsSetup;
export function setUp({ env, signal, stderr, host }: Terminal, needs: Needs): Setup<string | undefined> {
  const config = toConfig(env, needs, thisHost());
  const secrets = [...config.secrets];
  const log = createLogger({
    ...config.log,
    secrets,
    stream: stderr,
    colorize: isColorful(env, stderr),
  });
  for (const warning of config.warnings) log.warn(warning);
  const keepSecret = (more: readonly string[]) =>
    void secrets.push(...more.filter((secret) => !secrets.includes(secret)));
  return { config, around: { clock: systemClock, random: systemRandom, log, signal, host }, keepSecret };
}

/** One account of ACCOUNTS_FILE. Throws a ConfigError that names some of those it has if it does not have this one. */
export function accountOf({ accounts }: FleetConfig, name: string | undefined): Config<string> {
  const found = accounts.find(({ source }) => source.name === name);
  if (found !== undefined) return found;
  const names = accounts.slice(0, NAMES_MAX).map(({ source }) => quotable(source.name));
  const rest = accounts.length > names.length ? `, or one of ${accounts.length - names.length} more` : "";
  const problem = {
    variable: "--account",
    found: name === undefined ? "nothing" : JSON.stringify(quotable(name)),
    expected: `an account of ACCOUNTS_FILE: ${names.join(", ")}${rest}`,
  };
  throw new ConfigError([problem], []);
}

const NAMES_MAX = 10;

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
