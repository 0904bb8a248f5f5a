import type { Duplex } from "node:stream";

import { messageOf } from "../core/errors.ts";

/**
 * Makes an error of the connection out of an exception of pg's parser, which throws when it does not know a message, in a
 * listener where it would end the process. `failure` makes the error from what the parser said.
 */
export function checked<S extends Duplex>(socket: S, failure: (what: string) => Error): S {
  const emit: (event: string | symbol, ...args: unknown[]) => boolean = socket.emit.bind(socket);
  return Object.assign(socket, {
    emit(event: string | symbol, ...args: unknown[]) {
      try {
        return emit(event, ...args);
      } catch (error) {
        socket.destroy(failure(messageOf(error)));
        return true;
      }
    },
  });
}

/** Where a socket leads, for messages. */
export function addressOf(socket: Duplex): string {
  const isTcp = "remoteAddress" in socket && "remotePort" in socket && socket.remoteAddress !== undefined;
  return isTcp ? `${String(socket.remoteAddress)}:${String(socket.remotePort)}` : "the socket";
}
