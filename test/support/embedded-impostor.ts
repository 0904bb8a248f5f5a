import { once } from "node:events";
import { type Socket, createServer } from "node:net";

/** A program on the database's port that is not the database, and keeps what it is sent. */
export interface Impostor extends AsyncDisposable {
  readonly port: number;
  /** Everything that clients sent after their startup packets. */
  received(): string;
}

const message = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
const authentication = (code: number, data: string | Buffer = "") =>
  message("R", Buffer.concat([int32(code), Buffer.from(data)]));
const READY = Buffer.concat([authentication(0), message("Z", Buffer.from("I"))]);

/** What it answers to the startup packet, and to each message after it. https://www.postgresql.org/docs/18/protocol-message-formats.html */
export const ANSWERS = {
  "the password in clear text": () => authentication(3),
  "the password in clear text, welcoming the client at once": () => Buffer.concat([authentication(3), READY]),
  "the password's MD5": () => authentication(5, "salt"),
  nothing: () => READY,
  "something that pg does not know": () => authentication(7),
  "a malformed message": () => message("R", Buffer.alloc(0)),
  "SCRAM, without proving anything": scram(() => READY),
  "SCRAM, with a made-up proof": scram(() =>
    Buffer.concat([authentication(12, `v=${"A".repeat(43)}=`), READY]),
  ),
} satisfies Record<string, (sent?: string) => Buffer>;

function scram(end: () => Buffer) {
  return (sent?: string) => {
    if (sent === undefined) return authentication(10, "SCRAM-SHA-256\0\0");
    const nonce = /r=([^,]*)$/.exec(sent)?.[1];
    if (sent.includes("n,,n=")) return authentication(11, `r=${nonce}server,s=c2FsdA==,i=4096`);
    return end();
  };
}

export async function startImpostor(port: number, answer: (sent?: string) => Buffer): Promise<Impostor> {
  const sockets = new Set<Socket>();
  let received = "";
  const server = createServer((socket) => {
    sockets.add(socket);
    let isStarted = false;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      // libpq first asks for TLS, with a packet of 8 bytes.
      const isTlsRequest = !isStarted && data.length === 8;
      const sent = isStarted ? data.toString("latin1") : undefined;
      received += sent ?? "";
      isStarted = !isTlsRequest;
      socket.write(isTlsRequest ? "N" : answer(sent));
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
