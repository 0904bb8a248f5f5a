import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";

/** A server on the loopback interface that writes what it is told, be it HTTP or not. */
export interface RawServer extends AsyncDisposable {
  readonly url: URL;
  /** Requests that have come. */
  readonly requests: number;
}

/** Calls `answer` with each request's socket once its head has come; `number` counts the requests from 1. */
export async function startRawServer(answer: (socket: Socket, number: number) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      if (chunk.includes("\r\n\r\n")) answer(socket, ++requests);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
