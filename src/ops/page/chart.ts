/** Charts drawn by the server, so that they need no script and take the colours of the page. */
import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** One measure over time. */
export interface Strip {
  readonly name: string;
  readonly kind: "bars" | "line";
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
}

export interface Point {
  /** When, as it is read. */
  readonly label: string;
  /** Null where there is nothing to draw. */
  readonly value: number | null;
  readonly isBad?: boolean;
}

/** The drawing is stretched to the width of the page; heights are shares of its own. */
const WIDTH = 1000;
const HEIGHT = 100;
const AIR = 0.15;
const BAR_MAX = 40;

export function chart(strips: readonly Strip[]): Html {
  const points = strips[0]?.points ?? [];
  const middle = points[Math.floor((points.length - 1) / 2)];
  return html`<div class="chart">
    ${strips.map(drawing)}
    <p class="axis soft" aria-hidden="true">
      ${[points.at(0), ...(points.length > 2 ? [middle] : []), points.at(-1)].map(
        (point) => html`<span>${point?.label}</span>`,
      )}
    </p>
  </div>`;
}

function drawing({ name, kind, points, format }: Strip): Html {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const range = kind === "bars" ? `up to ${format(most)}` : `${format(least)} to ${format(most)}`;
  const slot = WIDTH / points.length;
  return html`<div class="strip">
    <p><span>${name}</span> <span class="soft">${values.length === 0 ? "–" : range}</span></p>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}, ${range}"
    >
      ${kind === "bars" ? bars(points, slot, most) : line(points, slot, least, most)}
      ${points.map(
        ({ label, value }, index) =>
          html`<rect class="slot" x="${round(index * slot)}" width="${round(slot)}" height="${HEIGHT}">
            <title>${label}: ${value === null ? "–" : format(value)}</title>
          </rect>`,
      )}
    </svg>
  </div>`;
}

/** Bars stand on 0; what is not 0 can be seen. */
function bars(points: readonly Point[], slot: number, most: number): Html[] {
  return points.map(({ value, isBad = false }, index) => {
    if (value === null || !(value > 0)) return html``;
    const height = Math.max(2, (value / most) * HEIGHT);
    const width = Math.min(slot * 0.76, BAR_MAX);
    return html`<rect
      class="bar ${isBad ? "bad" : ""}"
      x="${round((index + 0.5) * slot - width / 2)}"
      y="${round(HEIGHT - height)}"
      width="${round(width)}"
      height="${round(height)}"
    />`;
  });
}

/** A line shows its own range, with some air above and below. */
function line(points: readonly Point[], slot: number, least: number, most: number): Html {
  const span = Math.max(most - least, 1) * (1 + 2 * AIR);
  const bottom = (least + most) / 2 - span / 2;
  const corners = points.flatMap(({ value }, index) =>
    value === null
      ? []
      : [`${round((index + 0.5) * slot)} ${round(HEIGHT - ((value - bottom) / span) * HEIGHT)}`],
  );
  const [first, last] = [corners.at(0)?.split(" ")[0], corners.at(-1)?.split(" ")[0]];
  return html`<path class="area" d="M${corners.join("L")}L${last} ${HEIGHT}L${first} ${HEIGHT}z" />
    <path class="line" d="M${corners.join("L")}" />`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
