/** What a process of a fleet serves: all accounts side by side, and each of them below its name. */
import type { ServerResponse, IncomingMessage } from "node:http";

import type { FastifyInstance, FastifyPluginAsync } from "fastify";

import { VERSION } from "../../version.ts";
import type { SiteOptions } from "../http.ts";
import { POLICY } from "../http/headers.ts";
import { maySee } from "../http/access.ts";
import { reportJson } from "../status-report.ts";
import type { Metrics } from "../metrics.ts";
import { renderAccounts } from "./page.ts";
import type { AccountsWatch } from "./watch.ts";

export interface AccountsSiteOptions extends Pick<SiteOptions, "token"> {
  readonly watch: AccountsWatch;
  readonly metrics: Pick<Metrics, "contentType" | "render">;
  /** The site of one account; undefined if there is no such account. */
  readonly siteOf: (name: string) => Promise<FastifyInstance | undefined>;
}

/** `/accounts/NAME/...` is the site of the account, with a guard of its own. */
export function accountSites({ siteOf }: Pick<AccountsSiteOptions, "siteOf">): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { name: string } }>("/accounts/:name", (request, reply) =>
      // So that the addresses in the page, which are relative, lead there.
      reply.redirect(`${encodeURIComponent(request.params.name)}/`),
    );
    app.all<{ Params: { name: string } }>("/accounts/:name/*", async (request, reply) => {
      const site = await siteOf(request.params.name);
      if (site === undefined) return reply.code(404).send({ error: "there is no such account" });
      reply.hijack();
      forward(site, request.raw, reply.raw);
      return undefined;
    });
  };
}

function forward(site: FastifyInstance, request: IncomingMessage, response: ServerResponse): void {
  request.url = (request.url ?? "/").replace(/^\/accounts\/[^/]*/, "");
  site.routing(request, response);
}

/** Everything that is not about one account. */
export function serveAccounts({ watch, metrics, token }: Omit<AccountsSiteOptions, "siteOf">) {
  return (app: FastifyInstance): void => {
    app.get("/healthz", () => ({ alive: true, version: VERSION }));

    // About this process and its database: an account that fails is no reason to end a process that works for all.
    app.get("/readyz", async (request, reply) => {
      const { trouble } = await watch.observe();
      const ready = trouble === null;
      const why =
        trouble !== null && maySee(request, token) ? trouble : { state: ready ? "ready" : "unreadable" };
      return reply.code(ready ? 200 : 503).send({ ready, ...why });
    });

    app.get("/metrics", async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.render()),
    );

    app.get("/api/status", async (_request, reply) => {
      const { reports, trouble } = await watch.observe();
      if (reports === null) return reply.code(503).send(trouble);
      return reply.type("application/json; charset=utf-8").send(`[${reports.map(reportJson).join(",\n")}]`);
    });

    app.get<{ Querystring: { q?: unknown; page?: unknown } }>("/", async ({ query }, reply) => {
      const search = typeof query.q === "string" ? query.q : "";
      const page = Math.max(1, Math.floor(Number(query.page)) || 1);
      const text = renderAccounts(await watch.observe(), { search, page }, watch.options.clock.now());
      // The search is a form.
      void reply.header(
        "content-security-policy",
        POLICY.replace("form-action 'none'", "form-action 'self'"),
      );
      return reply.type("text/html; charset=utf-8").send(text);
    });
  };
}
