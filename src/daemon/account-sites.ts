import type { FastifyInstance } from "fastify";

import type { Config } from "../config.ts";
import { watchMirror } from "../daemon.ts";
import type { MirrorStore, ProcessContext } from "../daemon.ts";
import { openDatabase } from "../mirror/database.ts";
import type { Database } from "../mirror/database.ts";
import { accountSite, createSite } from "../ops/http.ts";
import { createMetrics } from "../ops/metrics.ts";
import { readApiOn } from "./read-api.ts";

export interface AccountSitesOptions {
  readonly store: MirrorStore;
  readonly around: ProcessContext;
  readonly holder: string;
  readonly configOf: (name: string) => Config<string> | undefined;
}

interface OpenSite {
  readonly config: Config<string>;
  readonly app: Promise<FastifyInstance>;
  readonly stack: AsyncDisposableStack;
}

/** Sites that are kept ready; more accounts than that are rarely looked at together. */
const OPEN_MAX = 32;

/** The site of each account, made when somebody asks for it, and again when the account is configured otherwise. */
export class AccountSites implements AsyncDisposable {
  readonly #options: AccountSitesOptions;
  /** For the read API of all accounts, so that no page of a pass waits for a reader. */
  readonly #readers: Database;
  /** The one that was asked for last comes last. */
  readonly #open = new Map<string, OpenSite>();

  constructor(options: AccountSitesOptions) {
    this.#options = options;
    const { store, around } = options;
    this.#readers = openDatabase(store.url, (err) =>
      around.log.debug({ err }, "an idle connection was lost"),
    );
  }

  /** Undefined if there is no such account. */
  async siteOf(name: string): Promise<FastifyInstance | undefined> {
    const config = this.#options.configOf(name);
    const known = this.#open.get(name);
    this.#open.delete(name);
    if (known !== undefined && known.config !== config) await known.stack.disposeAsync();
    if (config === undefined) return undefined;
    const site = known?.config === config ? known : this.#create(config);
    this.#open.set(name, site);
    for (const [oldest, { stack }] of this.#open) {
      if (this.#open.size <= OPEN_MAX) break;
      this.#open.delete(oldest);
      await stack.disposeAsync();
    }
    return site.app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ stack }) => stack.disposeAsync()));
    await this.#readers[Symbol.asyncDispose]();
  }

  #create(config: Config<string>): OpenSite {
    const { store, around, holder } = this.#options;
    const readers = this.#readers;
    const stack = new AsyncDisposableStack();
    return { config, stack, app: build() };

    async function build(): Promise<FastifyInstance> {
      const { token } = config.http;
      const watch = watchMirror(config, store, around, holder);
      const site = accountSite({ watch, metrics: createMetrics(watch), token });
      const api = readApiOn(readers.db, config, around);
      const app = await createSite({ ...config.http, ...site, log: around.log, api });
      stack.defer(() => app.close());
      await app.ready();
      return app;
    }
  }
}
