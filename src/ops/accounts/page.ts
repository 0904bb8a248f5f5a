import { quotable } from "../../core/text.ts";
import { VERSION } from "../../version.ts";
import { formatCount } from "../format.ts";
import { NAME_SHOWN, age, icon, table } from "../page/components.ts";
import { html } from "../page/html.ts";
import type { Html, Value } from "../page/html.ts";
import type { StatusReport } from "../status-report.ts";
import type { Level } from "../verdict.ts";
import { lastErrorOf } from "./reports.ts";
import type { AccountsObservation } from "./watch.ts";

export interface AccountsQuery {
  /** Part of a name; empty: all accounts. */
  readonly search: string;
  /** From 1. */
  readonly page: number;
}

/** Rows of a page: what a browser shows without a pause, however many accounts there are. */
const ROWS_MAX = 200;
/** Milliseconds after which an open page asks for its next state. */
const NEXT_MS = 5000;
const ERROR_SHOWN = 160;

/** The table of all accounts, the worst first. Works without its script, and below any path. */
export function renderAccounts(
  { reports, trouble }: AccountsObservation,
  query: AccountsQuery,
  now: number,
): string {
  const level = worstOf(reports);
  const title = reports === null ? (trouble?.headline ?? "") : headlineOf(reports);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · Dataset mirror</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="assets/icon-${level}.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="assets/style.css" />
        <script src="assets/page.js" type="module"></script>
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body data-now="${now}" data-next="${NEXT_MS}">
        <a class="skip" href="#main">Skip to the accounts</a>
        <header>
          <p class="brand">Dataset mirror</p>
          <p class="about">
            <span>All accounts</span><span id="link" class="link waiting" data-keep>page connected</span>
          </p>
        </header>
        <main id="main" tabindex="-1">
          <section id="verdict" aria-label="Verdict">
            <div class="verdict ${level}">
              ${icon(level)}
              <div class="words">
                <div role="status" aria-live="polite"><h1>${title}</h1></div>
                ${trouble?.cause ? html`<p>${trouble.cause}</p>` : null}
                ${trouble?.hint ? html`<p class="hint">${trouble.hint}</p>` : null}
              </div>
            </div>
          </section>
          ${reports === null ? null : tableOf(reports, query, now)}
        </main>
        <footer>
          <p>apify-dataset-mirror ${VERSION} · times in UTC</p>
          <nav aria-label="For machines">
            <a href="api/status">Status as JSON</a> <a href="metrics">Metrics</a>
            <a href="readyz">Readiness</a>
          </nav>
        </footer>
      </body>
    </html> `.text;
}

function worstOf(reports: readonly StatusReport[] | null): Level {
  return reports === null ? "bad" : (reports[0]?.verdict.level ?? "good");
}

function headlineOf(reports: readonly StatusReport[]): string {
  const fresh = reports.filter(({ verdict }) => verdict.fresh).length;
  return `${formatCount(fresh)} of ${formatCount(reports.length)} accounts are up to date`;
}

function tableOf(reports: readonly StatusReport[], { search, page }: AccountsQuery, now: number): Html {
  const wanted = search.toLowerCase();
  const found = reports.filter(({ source }) => source.toLowerCase().includes(wanted));
  const pages = Math.max(1, Math.ceil(found.length / ROWS_MAX));
  const at = Math.min(page, pages);
  const rows = found.slice((at - 1) * ROWS_MAX, at * ROWS_MAX);
  const link = (to: number, text: string) =>
    html`<a href="?${new URLSearchParams({ q: search, page: String(to) }).toString()}">${text}</a>`;
  return html`<section id="accounts" class="card" aria-labelledby="accounts-h">
    <h2 id="accounts-h">Accounts</h2>
    <form method="get" role="search" data-keep>
      <label for="q">Part of a name</label>
      <input id="q" name="q" type="search" value="${search}" /> <button>Search</button>
    </form>
    <p class="soft">
      ${formatCount(found.length)} ${search === "" ? "accounts" : "found"}, the worst first.
      ${pages > 1 ? `Page ${at} of ${pages}.` : null} ${at > 1 ? link(at - 1, "Previous") : null}
      ${at < pages ? link(at + 1, "Next") : null}
    </p>
    ${table(
      "accounts",
      [
        ["Account"],
        ["Verdict"],
        ["Last success"],
        ["Live", "num"],
        ["Drift", "num wide"],
        ["Last error", "wide"],
      ],
      rows.map((report) => cellsOf(report, now)),
    )}
  </section>`;
}

function cellsOf(report: StatusReport, now: number): Value[] {
  const { source, verdict, status } = report;
  const success = status?.last_success_at ?? null;
  return [
    html`<a href="accounts/${encodeURIComponent(source)}/"
      ><bdi>${quotable(source, "", NAME_SHOWN)}</bdi></a
    >`,
    html`${icon(verdict.level)} ${verdict.headline}`,
    success === null ? "never" : age(success, now),
    formatCount(status?.live_rows ?? 0),
    formatCount(status?.drift ?? 0),
    quotable(lastErrorOf(report) ?? "", "", ERROR_SHOWN),
  ];
}
