/** Draws every chart from its own table, and again when the table has changed. */

/** @typedef {import("uplot")} UPlot */
/** @typedef {{ plots: UPlot[], key: string, size: ResizeObserver }} Drawn */
/** @typedef {{ column: number, name: string, kind: "bars" | "area", color: string, height: number, failed?: number, isWhole?: boolean }} Strip */
/** @type {typeof import("uplot") | undefined} */
const Plot = Reflect.get(globalThis, "uPlot");
/** @type {Map<string, Drawn>} */
const drawn = new Map();

const LONGEST = "longest run in seconds, red where a run failed";
/** @type {Record<string, Strip[]>} Their heights, with a title each and the axis, are the one of the plot in data.css. */
const STRIPS = {
  day: [
    { column: 1, name: LONGEST, kind: "bars", color: "--accent", height: 98, failed: 3 },
    { column: 4, name: "rows changed", kind: "bars", color: "--calm", height: 66, isWhole: true },
    { column: 5, name: "429 answers", kind: "bars", color: "--warn", height: 66, isWhole: true },
  ],
  growth: [
    { column: 1, name: "datasets", kind: "area", color: "--accent", height: 110, isWhole: true },
    { column: 2, name: "items", kind: "area", color: "--calm", height: 110, isWhole: true },
  ],
};
const AXIS_HEIGHT = 24;
/** Distances of the marks on the y axis. */
const STEPS = [
  0.1,
  0.2,
  0.5,
  ...[...Array(12).keys()].flatMap((power) => [1, 2, 5].map((one) => one * 10 ** power)),
];

/** @param {boolean} [anew] also charts whose table has not changed */
export function drawCharts(anew = false) {
  if (Plot === undefined) return;
  for (const figure of document.querySelectorAll("figure.chart")) {
    const name = figure.id.replace("chart-", "");
    const { data, labels } = readTable(figure);
    const key = JSON.stringify(data);
    const known = drawn.get(name);
    const plot = figure.querySelector(".plot");
    if (!(plot instanceof HTMLElement) || data[0] === undefined) continue;
    const isThere = known !== undefined && plot.contains(known.plots[0]?.root ?? null);
    if (isThere && !anew && known.key === key) continue;
    if (isThere && !anew) {
      for (const [index, strip] of (STRIPS[name] ?? []).entries()) {
        known.plots[index]?.setData(pick(data, strip.column, strip.failed));
      }
      known.key = key;
      Object.assign(plot, { labels });
    } else {
      for (const old of known?.plots ?? []) old.destroy();
      known?.size.disconnect();
      Object.assign(plot, { labels });
      const plots = draw(Plot, figure, plot, name, data);
      drawn.set(name, { key, plots, size: fit(plots, plot) });
    }
  }
}

/**
 * @param {Element} figure
 * @returns {{ data: Array<Array<number | null>>, labels: string[][] }} the columns, and the rows as they are read
 */
function readTable(figure) {
  const rows = [...figure.querySelectorAll("table.data tbody tr")].map((row) => [...row.children]);
  const heads = figure.querySelectorAll("table.data thead th").length;
  const data = Array.from({ length: rows.length === 0 ? 0 : heads }, (_, column) =>
    rows.map((row) => {
      const text = row[column]?.getAttribute("data-v") ?? "";
      return text === "" ? null : Number(text);
    }),
  );
  return { data, labels: rows.map((row) => row.map((cell) => cell.textContent ?? "")) };
}

/**
 * @param {Array<Array<number | null>>} data
 * @param {number} column
 * @param {number} [failed] column that says how many failed: those get a bar of their own colour
 * @returns {import("uplot").AlignedData}
 */
function pick(data, column, failed) {
  const times = (data[0] ?? []).map(Number);
  const values = data[column] ?? [];
  if (failed === undefined) return [times, values];
  const bad = data[failed] ?? [];
  return [times, values, values.map((value, index) => ((bad[index] ?? 0) > 0 ? value : null))];
}

/**
 * @param {typeof import("uplot")} uPlot
 * @param {Element} figure
 * @param {HTMLElement} plot
 * @param {string} name
 * @param {Array<Array<number | null>>} data
 * @returns {UPlot[]}
 */
function draw(uPlot, figure, plot, name, data) {
  const strips = STRIPS[name] ?? [];
  const readout = figure.querySelector(".readout");
  const heads = [...figure.querySelectorAll("table.data thead th")].map((head) => head.textContent ?? "");
  const sync = { key: `chart-${name}` };
  return strips.map((strip, index) => {
    const isLast = index === strips.length - 1;
    const options = optionsFor(uPlot, strip, plot.clientWidth, isLast, sync, (row) => {
      if (readout)
        readout.textContent = row === null ? "" : readRow(heads, Reflect.get(plot, "labels")?.[row]);
    });
    return new uPlot(options, pick(data, strip.column, strip.failed), plot);
  });
}

/**
 * @param {UPlot[]} plots
 * @param {HTMLElement} plot
 */
function fit(plots, plot) {
  const size = new ResizeObserver(() => {
    for (const one of plots)
      if (one.width !== plot.clientWidth) one.setSize({ width: plot.clientWidth, height: one.height });
  });
  size.observe(plot);
  return size;
}

/**
 * @param {string[]} heads
 * @param {string[] | undefined} cells
 */
function readRow(heads, cells) {
  if (cells === undefined) return "";
  return cells.map((cell, index) => (index === 0 ? cell : `${heads[index]} ${cell}`)).join("  ·  ");
}

/**
 * @param {typeof import("uplot")} uPlot
 * @param {Strip} strip
 * @param {number} width
 * @param {boolean} isLast
 * @param {{ key: string }} sync
 * @param {(row: number | null) => void} onPoint
 * @returns {import("uplot").Options}
 */
function optionsFor(uPlot, strip, width, isLast, sync, onPoint) {
  const style = getComputedStyle(document.documentElement);
  const color = (/** @type {string} */ variable) => style.getPropertyValue(variable).trim();
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const paths =
    strip.kind === "bars"
      ? uPlot.paths.bars?.({ size: [0.76, 22, 1], align: 1, radius: 0.15 })
      : uPlot.paths.linear?.();
  /** @type {(variable: string) => import("uplot").Series} */
  const series = (variable) => ({
    ...(paths && { paths }),
    label: strip.name,
    points: { show: false },
    width: strip.kind === "bars" ? 0 : 2,
    stroke: color(variable),
    fill: strip.kind === "bars" ? color(variable) : `color-mix(in srgb, ${color(variable)} 14%, transparent)`,
  });
  const axis = {
    stroke: color("--soft"),
    font,
    ticks: { show: false },
    grid: { stroke: color("--line"), width: 1 },
  };
  return {
    width,
    height: strip.height + (isLast ? AXIS_HEIGHT : 0),
    padding: [6, 18, isLast ? 0 : 8, 0],
    title: strip.name,
    legend: { show: false },
    cursor: {
      sync: { key: sync.key },
      y: false,
      drag: { x: false, y: false },
      points: { show: strip.kind === "area" },
    },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { time: true, range: (plot, min, max) => [min, max + (strip.kind === "bars" ? sliceOf(plot) : 0)] },
      y: { range: (_plot, min, max) => rangeOf(strip.kind, min, max) },
    },
    axes: [
      { ...axis, show: isLast, size: AXIS_HEIGHT, grid: { show: false }, space: 64, values: timesOf },
      {
        ...axis,
        size: 48,
        space: 18,
        incrs: STEPS.filter((step) => !strip.isWhole || step >= 1),
        values: (_plot, splits) => splits.map(short),
      },
    ],
    series: [{}, series(strip.color), ...(strip.failed === undefined ? [] : [series("--bad")])],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

/**
 * How long a bar is of time: it stands for what began at its left edge or later.
 *
 * @param {UPlot} plot
 */
function sliceOf({ data: [times] }) {
  return (times[1] ?? 0) - (times[0] ?? 0);
}

/**
 * Bars stand on 0; a line shows its own range, with some air.
 *
 * @param {"bars" | "area"} kind
 * @param {number | null} min
 * @param {number | null} max
 * @returns {[number, number]}
 */
function rangeOf(kind, min, max) {
  const top = max ?? 0;
  if (kind === "bars") return [0, top > 0 ? top * 1.08 : 1];
  const low = min ?? 0;
  const air = Math.max((top - low) * 0.15, top * 0.001, 1);
  return [Math.max(0, low - air), top + air];
}

/**
 * `14:00`, with seconds where the marks are closer, or the day where one begins. Times in UTC.
 *
 * @param {UPlot} _plot
 * @param {number[]} splits seconds since the epoch
 */
function timesOf(_plot, splits) {
  const isClose = splits.some((seconds) => seconds % 60 !== 0);
  return splits.map((seconds) => {
    const text = new Date(seconds * 1000).toISOString();
    if (isClose) return text.slice(11, 19);
    return text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
  });
}

/** @param {number} value */
function short(value) {
  for (const [unit, size] of /** @type {const} */ ([
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ])) {
    if (Math.abs(value) >= size) return `${+(value / size).toFixed(2)}${unit}`;
  }
  return String(+value.toFixed(2));
}
