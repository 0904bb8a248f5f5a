/** Small pieces that several sections are made of. */
import { quotable } from "../../core/text.ts";
import { formatAge, isoTime } from "../format.ts";
import type { Level } from "../verdict.ts";
import { html } from "./html.ts";
import type { Html, Value } from "./html.ts";

/** How long ago a time was, or how far ahead it is, kept up to date by the page's script. */
export function age(at: number | null, now: number): Html {
  const iso = at === null ? null : isoTime(at);
  if (at === null || iso === null) return html`<span>unknown</span>`;
  return html`<time datetime="${iso}" title="${utc(at)} UTC">${formatAge(now - at)}</time>`;
}

/** `2026-11-24 05:13` in UTC; empty for a time that no date can hold. */
export function utc(ms: number): string {
  return (isoTime(ms) ?? "").replace("T", " ").replace(/:[^:]*$/, "");
}

/** Shapes differ as well as colours: a tick in a circle, a triangle, an octagon. */
export function icon(level: Level): Html {
  const label = { good: "good", warn: "warning", bad: "problem" }[level];
  return html`<svg class="icon ${level}" viewBox="0 0 24 24" role="img" aria-label="${label}">
    ${SHAPES[level]}
  </svg>`;
}

const SHAPES: Readonly<Record<Level, Html>> = {
  good: html`<circle cx="12" cy="12" r="10.5" /><path d="M7 12.5l3.4 3.4L17 8.8" />`,
  warn: html`<path d="M12 2.2 23 21.3H1zM12 9v5.6M12 17.8v.01" />`,
  bad: html`<path
    d="M7.4 1.2h9.2l6.2 6.2v9.2l-6.2 6.2H7.4l-6.2-6.2V7.4zM8.4 8.4l7.2 7.2M15.6 8.4l-7.2 7.2"
  />`,
};

export const NAME_SHOWN = 80;
const NAME_EXPLAINED = 300;

/** A name that somebody else chose: one line, without control characters, short, with more of it on hover. */
export function foreignName(name: string | null): Html {
  const shown = quotable(name ?? "", "", NAME_SHOWN);
  if (shown === "") return html`<span class="soft">unnamed</span>`;
  return html`<bdi title="${quotable(name ?? "", "", NAME_EXPLAINED)}">${shown}</bdi>`;
}

/** A link that leaves this page, for a person's click only. */
export function outside(url: string, text: string): Html {
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${text}</a>`;
}

const TERMS = {
  "429": "429: Apify asked us to slow down; the mirror waited and went on",
  full: "Reads the whole list, from the first dataset to the last",
  incremental: "Reads the end of the list, where new datasets appear",
  named: "Reads the list of named datasets, which never expire",
  missing: "Absent from the list once; gone for good when a later page proves it again",
  running: "Under way",
  succeeded: "Read to the end of the list",
  failed: "Ended by an error; what it had committed stays, the next run continues there",
  interrupted: "Stopped on request; the next run continues there",
  abandoned: "Its process ended without closing it; what it had committed stays",
  suspicious: "Would have removed too much at once, so it removed nothing",
} as const;

/** A word of the trade, explained on hover. */
export function term(name: keyof typeof TERMS, text: string = name): Html {
  return html`<abbr title="${TERMS[name]}">${text}</abbr>`;
}

/** A cell of a table: its text, and where it stands. */
export type Column = readonly [head: Value, className?: "num" | "wide" | "num wide"];

export function table(name: string, columns: readonly Column[], rows: readonly (readonly Value[])[]): Html {
  return html`<table class="${name}">
    <thead>
      <tr>
        ${columns.map(([head, className]) => html`<th scope="col" class="${className}">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell, index) =>
              index === 0
                ? html`<th scope="row">${cell}</th>`
                : html`<td class="${columns[index]?.[1]}">${cell}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** A section that could not be read says why and leaves the others alone. */
export function problem(reason: string): Html {
  return html`<p class="problem">${icon("warn")} ${quotable(reason)}</p>`;
}
