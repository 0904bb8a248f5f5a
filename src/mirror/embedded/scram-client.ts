import { Socket } from "node:net";
import { Client } from "pg";
import type { ClientConfig } from "pg";
import { OperatorError } from "../../core/errors.ts";
import { addressOf, checked } from "../checked-socket.ts";

/** libpq's parameter of a connection URL that demands SCRAM. */
export const REQUIRE_SCRAM = "require_auth=scram-sha-256";

/**
 * A client that logs in by SCRAM only: the password is not sent, and the server proves that it knows it. `pg` itself
 * sends the password to any program on the port that asks for it, and trusts a server that asks for nothing.
 */
export class ScramClient extends Client implements AsyncDisposable {
  constructor(config?: ClientConfig) {
    super({ ...config, stream: checkedSocket });
    const { connection, host, port } = this;
    const refuse = (what: string) => connection.emit("error", notOurs(`${host}:${port}`, what));
    let isProven = false;
    // These listeners run before those of pg, which it adds when it connects.
    connection.on("authenticationCleartextPassword", () => refuse("it asks for the password in clear text"));
    connection.on("authenticationMD5Password", () => refuse("it asks for the password's MD5"));
    connection.on("authenticationSASLFinal", () => (isProven = true));
    connection.on(
      "authenticationOk",
      () => isProven || refuse("it does not prove that it knows the password"),
    );
    connection.on("error", (error: Error) => {
      // What arrived together with a refused message must neither be answered nor complete the login.
      connection.removeAllListeners("readyForQuery");
      connection.stream.destroy();
      if (error.message.startsWith("SASL")) refuse(error.message);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function checkedSocket(): Socket {
  const socket = new Socket();
  return checked(socket, (what) => notOurs(addressOf(socket), what));
}

function notOurs(address: string, what: string): OperatorError {
  return new OperatorError(`what listens on ${address} is not the mirror's database: ${what}`, {
    hint: "Find out which program has taken the port, and stop it or use another port.",
  });
}
