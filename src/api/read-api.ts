import { constants } from "node:zlib";

import compress from "@fastify/compress";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";

import { tokenCheck } from "../apify/access.ts";
import { openApiOf } from "../apify/openapi.ts";
import { refuse, serveDatasets } from "../apify/server.ts";
import { VERSION } from "../version.ts";
import { MirroredAccount } from "./mirrored-account.ts";
import type { MirroredAccountOptions } from "./mirrored-account.ts";

export interface ReadApiOptions extends MirroredAccountOptions {
  readonly token: string;
  /** For each address. */
  readonly maxRequestsPerSecond: number;
  /** Is told of errors that nobody expected. */
  readonly onError: (error: unknown) => void;
}

/** Bytes from which on an answer is compressed for those who accept it. */
const COMPRESSED_MIN = 1024;
/** Of brotli and gzip: a page shrinks to a tenth, in a few milliseconds. */
const COMPRESSION_LEVEL = 4;

/** The API's reading end-points on the mirror: `/v2`, `/at/<time>/v2`, and their specification. */
export function readApi(options: ReadApiOptions): FastifyPluginAsync {
  const account = new MirroredAccount(options);
  const authorize = tokenCheck(options.token);
  return async (app) => {
    await limitAndCompress(app, options);
    const specification = openApiOf({ version: VERSION, moments: true });
    app.get("/openapi.json", { exposeHeadRoute: false }, () => specification);
    for (const prefix of ["/v2", "/at/:at/v2"]) {
      await app.register(
        async (scope) => serveDatasets(scope, { account, authorize, onError: options.onError }),
        { prefix },
      );
    }
  };
}

async function limitAndCompress(
  app: FastifyInstance,
  { maxRequestsPerSecond: max }: ReadApiOptions,
): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: 1000,
    errorResponseBuilder: () => refuse(429),
  });
  await app.register(compress, {
    threshold: COMPRESSED_MIN,
    encodings: ["br", "gzip"],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: COMPRESSION_LEVEL } },
    zlibOptions: { level: COMPRESSION_LEVEL },
  });
}
