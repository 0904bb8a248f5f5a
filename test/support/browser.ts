import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { test } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The browser that CHROMIUM_PATH names, or the first on the PATH; undefined if there is none. Throws in CI, where a
 * skipped test would look like a passed one.
 */
export function findBrowser(env: Env, exists: (path: string) => boolean = existsSync): string | undefined {
  const named = env["CHROMIUM_PATH"];
  if (named) {
    if (exists(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which is not there`);
  }
  const folders = (env["PATH"] ?? "").split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(exists);
  if (found === undefined && env["CI"] && env["CI"] !== "false")
    throw new Error("no Chromium: in CI the status page must be tested. Install it or set CHROMIUM_PATH.");
  return found;
}

const CHROMIUM = findBrowser(process.env);
if (CHROMIUM === undefined)
  console.warn("Chromium was not found (set CHROMIUM_PATH): the tests of the status page are skipped");

/** A test that is skipped where no browser is. */
export const browserTest = CHROMIUM === undefined ? test.skip : test;

/** What happened in the browser since the page was opened. */
export interface Seen {
  readonly errors: string[];
  /** Scheme, host and port of all that was asked for. */
  readonly origins: Set<string>;
  /** Of all answers but the updates. */
  bytes: number;
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly seen: Seen;
  /** The elements that have moved so far; text may stand elsewhere when other text has taken its place. */
  shifts(): Promise<string[]>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

/** Opens the page and waits until its script has updated it. */
export async function openPage(
  url: string,
  { width = 1200, height = 900, scheme = "light" }: PageOptions = {},
): Promise<OpenPage> {
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: FLAGS });
  stack.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  const seen = watch(page);
  await page.addInitScript(COUNT_SHIFTS);
  await page.goto(url);
  await page.waitForSelector("#link:not(.waiting):not(.lost)");
  const owned = stack.move();
  return {
    ...{ page, seen },
    shifts: () => page.evaluate<string[]>("window.shifts"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A fraction of a pixel, by which text is laid out anew, is seen by nobody; a moved line is a hundred times this. */
const SHIFT_MIN = 0.0001;
const COUNT_SHIFTS = `window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      for (const { node } of sources)
        if (node?.nodeType === 1 && value >= ${SHIFT_MIN}) window.shifts.push([value.toFixed(4), node.nodeName, node.className, node.id].join(" "));
  }).observe({ type: "layout-shift", buffered: true });`;

function watch(page: Page): Seen {
  const seen: Seen = { errors: [], origins: new Set(), bytes: 0 };
  page.on("console", (message) => void (message.type() === "error" && seen.errors.push(message.text())));
  page.on("pageerror", (error) => void seen.errors.push(error.message));
  page.on("request", (request) => void seen.origins.add(new URL(request.url()).origin));
  page.on("response", (response) => {
    if (response.request().resourceType() === "fetch") return;
    // An answer whose page has gone has no body any more.
    response.body().then(
      ({ length }) => (seen.bytes += length),
      () => {},
    );
  });
  return seen;
}
