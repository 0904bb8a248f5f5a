/** Keeps the page up to date. Without it the page is what the server made of it. */
import { drawCharts } from "./charts.js";
import { morph } from "./morph.js";

/** Milliseconds that the server's clock is ahead of this one. */
let ahead = Number(document.body.dataset["now"]) - Date.now();

listen();
setInterval(showAges, 1000);
drawCharts();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawCharts(true));

function listen() {
  const events = new EventSource("/api/events");
  events.addEventListener("open", () => showLink(true));
  events.addEventListener("sections", (event) => update(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    showLink(false);
    // A stream that was refused does not come back by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 15_000);
  });
}

/** @param {{ now: number, sections: Record<string, string> }} told */
function update({ now, sections }) {
  ahead = now - Date.now();
  for (const [id, text] of Object.entries(sections)) {
    const section = document.getElementById(id);
    if (section === null) continue;
    // Parsed apart from the page: nothing in it runs or loads, and what is shown is escaped by the server.
    const next = new DOMParser().parseFromString(text, "text/html").body;
    const wanted = document.createElement(section.nodeName);
    for (const { name, value } of section.attributes) wanted.setAttribute(name, value);
    wanted.append(...next.childNodes);
    morph(section, wanted);
  }
  showAges();
  showVerdict();
  drawCharts();
}

/** The verdict in the tab, too. */
function showVerdict() {
  const headline = document.querySelector("#trust h1")?.textContent;
  const level = ["good", "warn", "bad"].find((name) => document.querySelector(`#trust .trust.${name}`));
  if (!headline || !level) return;
  const title = document.title.replace(/^.*? · /, `${headline} · `);
  if (document.title !== title) document.title = title;
  const link = document.querySelector('link[rel="icon"]');
  const href = `/assets/icon-${level}.svg`;
  if (link?.getAttribute("href") !== href) link?.setAttribute("href", href);
}

/** @param {boolean} isOpen */
function showLink(isOpen) {
  const link = document.getElementById("link");
  if (link === null) return;
  link.className = isOpen ? "link" : "link lost";
  link.textContent = isOpen ? "live" : "offline";
}

function showAges() {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll("time[data-age]")) {
    const text = ageOf(now - Date.parse(time.getAttribute("datetime") ?? ""));
    if (time.textContent !== text) time.textContent = text;
  }
}

/**
 * The same words as the server's.
 *
 * @param {number} ms
 */
function ageOf(ms) {
  if (ms < 1000) return "just now";
  for (const [unit, size] of /** @type {const} */ ([
    ["d", 864e5],
    ["h", 36e5],
    ["min", 6e4],
    ["s", 1000],
  ])) {
    if (ms >= size) return `${Math.floor(ms / size)} ${unit} ago`;
  }
  return "just now";
}
