import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";

import type { FastifyInstance } from "fastify";

import type { Level } from "../verdict.ts";

/** The same files whether this module runs from `src` or from `dist`. */
const CLIENT = new URL("../../../src/ops/page/client/", import.meta.url);
const FILES = {
  "style.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "morph.js": "text/javascript; charset=utf-8",
};

/** All that the page loads, read once. Throws if the package is not whole. */
export async function serveAssets(app: FastifyInstance): Promise<void> {
  for (const [name, type] of Object.entries(FILES)) {
    serve(app, name, type, await readFile(new URL(name, CLIENT)));
  }
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

/** Disc, triangle, octagon: the verdict in the tab. */
function favicon(level: Level): string {
  const [color, path] = {
    good: ["#1a7f4b", "M16 1a15 15 0 1 1 0 30 15 15 0 0 1 0-30z"],
    warn: ["#b97a00", "M16 2 31 29H1z"],
    bad: ["#c0362c", "M10 1h12l9 9v12l-9 9H10l-9-9V10z"],
  }[level];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="${color}" d="${path}"/></svg>`;
}
