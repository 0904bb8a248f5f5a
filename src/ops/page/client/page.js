/** Keeps an open page up to date: asks for it again and takes over what has changed. */
import { morph } from "./morph.js";

/** The longest wait for an answer, and the wait after one that failed, in milliseconds. */
const TIMEOUT_MS = 15_000;
const RETRY_MS = 5000;

/** Milliseconds that the server's clock is ahead of this one. */
let ahead = Number(document.body.dataset["now"]) - Date.now();
let timer = setTimeout(refresh, 0);
let isAsking = false;

setInterval(showAges, 1000);
document.addEventListener("visibilitychange", () => void refresh());

async function refresh() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  clearTimeout(timer);
  const isConnected = await takeOver().catch(() => false);
  showLink(isConnected);
  isAsking = false;
  timer = setTimeout(refresh, isConnected ? Number(document.body.dataset["next"]) : RETRY_MS);
}

/** Whether the page could be asked for; then it is shown. */
async function takeOver() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) return false;
  // Parsed apart from the page: nothing in it runs or loads, and the server has escaped what it shows.
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  ahead = Number(next.body.dataset["now"]) - Date.now();
  if (document.title !== next.title) document.title = next.title;
  const [icon, nextIcon] = [document, next].map((one) => one.querySelector('link[rel="icon"]'));
  if (icon && nextIcon) morph(icon, nextIcon);
  morph(document.body, next.body);
  showAges();
  return true;
}

/** @param {boolean} isConnected */
function showLink(isConnected) {
  const link = document.getElementById("link");
  if (link === null) return;
  link.className = isConnected ? "link" : "link lost";
  link.textContent = isConnected ? "page connected" : "page not connected";
}

function showAges() {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll("time")) {
    const text = ageOf(now - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

/**
 * The same words as the server's.
 *
 * @param {number} ms
 */
function ageOf(ms) {
  for (const [unit, size] of /** @type {const} */ ([
    ["d", 864e5],
    ["h", 36e5],
    ["min", 6e4],
    ["s", 1000],
  ])) {
    const count = Math.floor(Math.abs(ms) / size);
    if (count > 0) {
      const span = `${String(count).replace(/\B(?=(\d{3})+$)/g, " ")} ${unit}`;
      return ms < 0 ? `in ${span}` : `${span} ago`;
    }
  }
  return "just now";
}
