import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type Handler = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** A server on the loopback interface that answers as it is told and remembers what it was asked. */
export interface HttpServer extends AsyncDisposable {
  readonly url: URL;
  /** Every request so far; the handler is given its number, from 1. */
  readonly requests: readonly IncomingMessage[];
}

export async function startHttpServer(handler: Handler): Promise<HttpServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => handler(request, response, requests.push(request)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    requests,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
