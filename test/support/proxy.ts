import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";

/** A relay of TCP connections in which the wire can be cut. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  close(): Promise<void>;
  /** Takes connections again, on the same port. */
  open(): Promise<void>;
  /** Cuts the connection, once, instead of handing on an answer that holds the text. */
  cutAtAnswer(text: string): void;
  /** How often that happened. */
  readonly cuts: number;
}

export async function startProxy(target: URL): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let awaited: string | null = null;
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const cut = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", cut);
    }
    near.pipe(far).on("close", cut);
    far.on("close", cut).on("data", (data) => {
      if (awaited === null || !data.includes(awaited)) return void near.write(data);
      awaited = null;
      cuts += 1;
      return cut();
    });
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async () => {
    const closed = server.listening ? once(server, "close") : Promise.resolve();
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    close,
    open: () => listen(port),
    cutAtAnswer: (text) => void (awaited = text),
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: close,
  };
}
