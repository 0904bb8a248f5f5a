import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import type { FastifyInstance } from "fastify";

import type { Level } from "../verdict.ts";

/** The same files whether this module runs from `src` or from `dist`. */
const CLIENT = new URL("../../../src/ops/page/client/", import.meta.url);
const require = createRequire(import.meta.url);
const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

const FILES: ReadonlyArray<readonly [name: string, type: string, path: () => string]> = [
  ["theme.css", STYLE, () => client("theme.css")],
  ["style.css", STYLE, () => client("style.css")],
  ["data.css", STYLE, () => client("data.css")],
  ["page.js", SCRIPT, () => client("page.js")],
  ["morph.js", SCRIPT, () => client("morph.js")],
  ["charts.js", SCRIPT, () => client("charts.js")],
  ["uplot.js", SCRIPT, () => require.resolve("uplot/dist/uPlot.iife.min.js")],
  ["uplot.css", STYLE, () => require.resolve("uplot/dist/uPlot.min.css")],
];

/** All that the page loads, read once. Throws if the package is not whole. */
export async function serveAssets(app: FastifyInstance): Promise<void> {
  for (const [name, type, path] of FILES) serve(app, name, type, await readFile(path()));
  for (const level of ["good", "warn", "bad"] as const) {
    serve(app, `icon-${level}.svg`, "image/svg+xml", Buffer.from(favicon(level)));
  }
}

function serve(app: FastifyInstance, name: string, type: string, body: Buffer): void {
  const etag = `"${hash("sha256", body, "base64url").slice(0, 22)}"`;
  app.get(`/assets/${name}`, (request, reply) => {
    void reply.header("cache-control", "no-cache").header("etag", etag);
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type(type).send(body);
  });
}

function client(name: string): string {
  return fileURLToPath(new URL(name, CLIENT));
}

/** Disc, triangle, octagon: the verdict in the tab. */
function favicon(level: Level): string {
  const [color, path] = {
    good: ["#1a7f4b", "M16 1a15 15 0 1 1 0 30 15 15 0 0 1 0-30z"],
    warn: ["#b97a00", "M16 2 31 29H1z"],
    bad: ["#c0362c", "M10 1h12l9 9v12l-9 9H10l-9-9V10z"],
  }[level];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="${color}" d="${path}"/></svg>`;
}
