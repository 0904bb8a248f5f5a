import { quotable } from "../../core/text.ts";
import { formatCount } from "../format.ts";
import { NAME_SHOWN, age, icon, table } from "../page/components.ts";
import { html } from "../page/html.ts";
import type { Html, Value } from "../page/html.ts";
import { renderShell } from "../page/shell.ts";
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

/** The table of all accounts, the worst first. */
export function renderAccounts(
  { reports, trouble }: AccountsObservation,
  query: AccountsQuery,
  now: number,
): string {
  const level = worstOf(reports);
  const title = reports === null ? (trouble?.headline ?? "") : headlineOf(reports);
  const main = html`<section id="verdict" aria-label="Verdict">
      <div class="verdict ${level}">
        ${icon(level)}
        <div class="words">
          <div role="status" aria-live="polite"><h1>${title}</h1></div>
          ${trouble?.cause ? html`<p>${trouble.cause}</p>` : null}
          ${trouble?.hint ? html`<p class="hint">${trouble.hint}</p>` : null}
        </div>
      </div>
    </section>
    ${reports === null ? null : tableOf(reports, query, now)}`;
  return renderShell({
    ...{ level, now, main },
    title: `${title} · Dataset mirror`,
    nextMs: NEXT_MS,
    skipTo: "the accounts",
    about: html`<span>All accounts</span>`,
  });
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
