import { quotable } from "../../core/text.ts";
import { VERSION } from "../../version.ts";
import { trustOf } from "../verdict.ts";
import { html } from "./html.ts";
import type { PageData } from "./page-data.ts";
import { NAME_SHOWN } from "./components.ts";
import { daySection, growthSection } from "./section-history.ts";
import { fastestSection, largestSection, runsSection } from "./section-tables.ts";
import { nowSection, trustSection } from "./section-trust.ts";

/** The parts of the page that change, by the id of their element. */
function renderSections(data: PageData) {
  return {
    trust: trustSection(data),
    now: nowSection(data),
    day: daySection(data),
    growth: growthSection(data),
    largest: largestSection(data),
    fastest: fastestSection(data),
    runs: runsSection(data),
  };
}

/** What a page that is open is sent. What cannot be read now stays as it shows it, under a verdict that says so. */
export function liveSections(data: PageData): Readonly<Record<string, string>> {
  const { seen, day, growth, largest, fastest } = data;
  const attempts = Object.entries({ day, growth, largest, fastest });
  const unread = new Set(attempts.filter(([, attempt]) => "problem" in attempt).map(([id]) => id));
  if (!seen.known) unread.add("runs");
  const parts = Object.entries(renderSections(data)).filter(([id]) => !unread.has(id));
  return Object.fromEntries(parts.map(([id, part]) => [id, part.text]));
}

/** The page as it stands: useful as it is, kept up to date by its script. */
export function renderDocument(data: PageData): string {
  const { watch, seen, now } = data;
  const { level, headline } = trustOf(seen, watch.unprovenMs, now);
  const source = quotable(watch.source, "", NAME_SHOWN);
  const { trust, ...rest } = renderSections(data);
  const section = (id: keyof typeof rest) =>
    html`<section id="${id}" class="card" aria-labelledby="${id}-h">${rest[id]}</section>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${headline} · ${source}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/assets/icon-${level}.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/uplot.css" />
        <link rel="stylesheet" href="/assets/theme.css" />
        <link rel="stylesheet" href="/assets/style.css" />
        <link rel="stylesheet" href="/assets/data.css" />
        <script src="/assets/uplot.js" defer></script>
        <script src="/assets/page.js" type="module"></script>
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body data-now="${now}">
        <a class="skip" href="#main">Skip to the verdict</a>
        <header>
          <p class="brand">Dataset mirror</p>
          <p class="about">
            <span
              >Account <b><bdi>${source}</bdi></b></span
            ><span>${watch.isEmbedded ? "embedded Postgres" : "Postgres"}</span
            ><span id="link" class="link waiting">live</span>
          </p>
        </header>
        <main id="main" tabindex="-1">
          <section id="trust" aria-label="Verdict">${trust}</section>
          ${section("now")} ${section("day")} ${section("growth")}
          <div class="pair">${section("largest")}${section("fastest")}</div>
          ${section("runs")}
        </main>
        <footer>
          <p>apify-dataset-mirror ${VERSION} · times in UTC</p>
          <nav aria-label="For machines">
            <a href="/api/status">Status as JSON</a> <a href="/metrics">Metrics</a>
            <a href="/readyz">Readiness</a>
          </nav>
        </footer>
      </body>
    </html> `.text;
}
