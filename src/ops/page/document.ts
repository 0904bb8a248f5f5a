import { quotable } from "../../core/text.ts";
import { VERSION } from "../../version.ts";
import { NAME_SHOWN } from "./components.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { daySection, growthSection } from "./section-history.ts";
import { nowSection } from "./section-now.ts";
import { fastestSection, largestSection, runsSection } from "./section-tables.ts";
import { verdictSection } from "./section-verdict.ts";

/**
 * The page as it is now: useful without its script, which asks for it again and again and takes over what has changed.
 * Addresses are relative, so that the page works below any path.
 */
export function renderPage(data: PageData): string {
  const { options, verdict, report, now } = data;
  const source = quotable(options.source, "", NAME_SHOWN);
  const isBusy = report?.status?.running !== null;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${verdict.headline} · ${source}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="assets/icon-${verdict.level}.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="assets/style.css" />
        <script src="assets/page.js" type="module"></script>
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body data-now="${now}" data-next="${isBusy ? NEXT_BUSY_MS : NEXT_IDLE_MS}">
        <a class="skip" href="#main">Skip to the verdict</a>
        <header>
          <p class="brand">Dataset mirror</p>
          <p class="about">
            <span
              >Account <b><bdi>${source}</bdi></b></span
            ><span>${options.isEmbedded ? "embedded Postgres" : "Postgres"}</span
            ><span id="link" class="link waiting" data-keep>page connected</span>
          </p>
        </header>
        <main id="main" tabindex="-1">${sections(data)}</main>
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
