/** Small pieces that several sections are made of. */
import { quotable } from "../../core/text.ts";
import { formatAge } from "../format.ts";
import type { Level } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html, Value } from "./html.ts";

/** A moment as an age, which the page's script keeps up to date. `at`: ISO 8601. */
export function age(at: string, now: number): Html {
  const ms = Date.parse(at);
  return html`<time datetime="${new Date(ms).toISOString()}" title="${utc(ms)}" data-age
    >${formatAge(now - ms)}</time
  >`;
}

/** `2026-11-24 05:13 UTC` */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Shapes differ as well as colours: tick in a circle, triangle, octagon. */
export function icon(level: Level): Html {
  const label = { good: "good", warn: "warning", bad: "problem" }[level];
  return html`<svg class="icon ${level}" viewBox="0 0 24 24" role="img" aria-label="${label}">
    ${SHAPES[level]}
  </svg>`;
}

const SHAPES: Readonly<Record<Level, Html>> = {
  good: html`<circle cx="12" cy="12" r="10.5" /><path d="M7 12.5l3.4 3.4L17 8.8" />`,
  warn: html`<path class="solid" d="M12 2.2 23 21.3H1z" /><path d="M12 9v5.6M12 17.6v.4" />`,
  bad: html`<path class="solid" d="M7.4 1.2h9.2l6.2 6.2v9.2l-6.2 6.2H7.4l-6.2-6.2V7.4z" /><path
      d="M8.4 8.4l7.2 7.2M15.6 8.4l-7.2 7.2"
    />`,
};

export const NAME_SHOWN = 80;
const NAME_TOLD = 300;

/** A name somebody else chose: one line, without steering characters, short, with more of it in the title. */
export function foreignName(name: string | null): Html {
  const shown = quotable(name ?? "", "", NAME_SHOWN);
  if (shown === "") return html`<span class="unnamed">unnamed</span>`;
  return html`<bdi title="${quotable(name ?? "", "", NAME_TOLD)}">${shown}</bdi>`;
}

/** A chart is drawn from its table, which says the same without a script and to a screen reader. */
export function chart(
  id: string,
  summary: Value,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
) {
  return html`<figure class="chart" id="chart-${id}">
    <figcaption>${summary}</figcaption>
    <div class="plot ${id}" data-keep aria-hidden="true"></div>
    <p class="readout" data-keep aria-hidden="true"></p>
    <details>
      <summary>As a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="${heads[1]} and more as a table">
        <table class="data">
          <thead>
            <tr>
              ${heads.map((head) => html`<th scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${row.map(cell)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

/** What is drawn, and what is read. */
export type Cell = readonly [value: number | null, text: string];

function cell([value, text]: Cell, index: number): Html {
  return index === 0
    ? html`<th scope="row" data-v="${value}">${text}</th>`
    : html`<td data-v="${value}">${text}</td>`;
}

/** A section that could not be read says why and leaves the others alone. */
export function problem(reason: string): Html {
  return html`<p class="problem">${icon("warn")} ${quotable(reason)}</p>`;
}
