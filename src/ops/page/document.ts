import { quotable } from "../../core/text.ts";
import { NAME_SHOWN } from "./components.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { daySection, growthSection } from "./section-history.ts";
import { nowSection } from "./section-now.ts";
import { fastestSection, largestSection, runsSection } from "./section-tables.ts";
import { verdictSection } from "./section-verdict.ts";
import { renderShell } from "./shell.ts";

/** The page of an account as it is now. */
export function renderPage(data: PageData): string {
  const { options, verdict, report, now } = data;
  const source = quotable(options.source, "", NAME_SHOWN);
  const isBusy = report?.status?.running !== null;
  return renderShell({
    title: `${verdict.headline} · ${source}`,
    level: verdict.level,
    now,
    nextMs: isBusy ? NEXT_BUSY_MS : NEXT_IDLE_MS,
    skipTo: "the verdict",
    about: html`<span
        >Account <b><bdi>${source}</bdi></b></span
      ><span>${options.isEmbedded ? "embedded Postgres" : "Postgres"}</span>`,
    main: sections(data),
  });
}

/** Milliseconds after which the page asks for its next state. */
const NEXT_BUSY_MS = 2000;
const NEXT_IDLE_MS = 5000;

function sections(data: PageData): Html {
  const { day, month, largest, fastest, report, options } = data;
  return html`<section id="verdict" aria-label="Verdict">${verdictSection(data)}</section>
    ${section("now", nowSection(data))} ${section("day", daySection(data), "value" in day)}
    ${section("growth", growthSection(data), "value" in month)}
    <div class="pair">
      ${section("largest", largestSection(data), "value" in largest)}
      ${section("fastest", fastestSection(data), "value" in fastest)}
    </div>
    ${section("runs", runsSection(data), report !== null)}
    ${section(
      "query",
      html`<h2 id="query-h">Query it</h2>
        <pre tabindex="0" role="region" aria-label="Command that opens psql">${options.psql}</pre>`,
    )}`;
}

/** What cannot be read now stays as an open page shows it, below a verdict that says so. */
function section(id: string, content: Html, isRead = true): Html {
  const state = isRead ? null : html`data-unread`;
  return html`<section id="${id}" class="card" aria-labelledby="${id}-h" ${state}>${content}</section>`;
}
