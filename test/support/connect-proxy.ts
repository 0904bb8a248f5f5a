import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** An HTTP proxy that takes every CONNECT to one port of this machine, whatever host was asked for. */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: URL;
  /** The `host:port` of every CONNECT. */
  readonly asked: readonly string[];
}

/** `credentials`, `user:password`, are demanded where they are given. */
export async function startConnectProxy(target: URL, credentials?: string): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const server = createServer((_, response) => response.writeHead(501).end());
  server.on("connect", (request, near) => {
    asked.push(request.url ?? "");
    if (expected !== undefined && request.headers["proxy-authorization"] !== expected) {
      near.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n',
      );
      return;
    }
    const far = connect(Number(target.port), target.hostname, () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      near.pipe(far).pipe(near);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy()).on("close", () => sockets.delete(socket));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
