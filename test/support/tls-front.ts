import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createServer } from "node:tls";

import type { Certificate } from "./certificates.ts";

/** Speaks TLS in front of a server of this machine that does not. */
export interface TlsFront extends AsyncDisposable {
  readonly url: URL;
  /** Connections that came, whether or not the handshake succeeded. */
  readonly connections: number;
}

export async function startTlsFront(target: URL, { certificate, key }: Certificate): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => other.destroy());
    }
    near.pipe(far).pipe(near);
  });
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: new URL(`https://127.0.0.1:${port}`),
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
