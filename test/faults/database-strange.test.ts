/** What answers at DATABASE_URL and is no PostgreSQL that pg understands: one clear error, and the process lives. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import { expect, test } from "vitest";

import { openDatabase } from "../../src/mirror/database.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { createCertificate } from "../support/certificates.ts";
import { ANSWERS, startImpostor } from "../support/embedded-impostor.ts";

const UNKNOWN = ANSWERS["something that pg does not know"];
const TOLD = {
  name: "OperatorError",
  message: expect.stringMatching(/what answers on 127\.0\.0\.1:\d+ is not understood: /),
  hint: expect.stringMatching(/DATABASE_URL.*GSSAPI/),
};

test.each([
  ["asks for a login that pg does not know", UNKNOWN],
  ["sends a malformed message", ANSWERS["a malformed message"]],
])("a server that %s", async (_, answer) => {
  await using server = await startImpostor(0, answer);
  await using database = openDatabase(`postgres://mirror:password@127.0.0.1:${server.port}/mirror`);
  await expect(migrate(database.db)).rejects.toMatchObject(TOLD);
});

test("the same behind TLS", async () => {
  await using certificate = await createCertificate("IP:127.0.0.1");
  const [cert, key] = [await readFile(certificate.certificate), await readFile(certificate.key)];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on("error", () => {}).on("data", () => secure.write(UNKNOWN()));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    const url = `postgres://mirror:password@127.0.0.1:${port}/mirror?sslmode=require&uselibpqcompat=true`;
    await using database = openDatabase(url);
    await expect(migrate(database.db)).rejects.toMatchObject(TOLD);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
