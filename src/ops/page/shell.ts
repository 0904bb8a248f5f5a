import { VERSION } from "../../version.ts";
import type { Level } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";

export interface Shell {
  readonly title: string;
  readonly level: Level;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds after which the open page asks for its next state. */
  readonly nextMs: number;
  /** What the link for keyboards skips to. */
  readonly skipTo: string;
  /** What the page is about, for its header. */
  readonly about: Html;
  readonly main: Html;
}

/**
 * A page around its content: useful without its script, which asks for it again and again and takes over what has
 * changed. Addresses are relative, so that it works below any path.
 */
export function renderShell({ title, level, now, nextMs, skipTo, about, main }: Shell): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="assets/icon-${level}.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="assets/style.css" />
        <script src="assets/page.js" type="module"></script>
        <noscript><meta http-equiv="refresh" content="30" /></noscript>
      </head>
      <body data-now="${now}" data-next="${nextMs}">
        <a class="skip" href="#main">Skip to ${skipTo}</a>
        <header>
          <p class="brand">Dataset mirror</p>
          <p class="about">${about}<span id="link" class="link waiting" data-keep>page connected</span></p>
        </header>
        <main id="main" tabindex="-1">${main}</main>
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
