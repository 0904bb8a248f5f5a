import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

/**
 * Bounds the connections of a server, in all and from each address. One too many takes the place of the one that has been
 * idle for longest, so that idle connections, however many, never keep a health check out; where all are at work, the new
 * one is closed.
 */
export function limitConnections(server: Server, { total, perAddress }: ConnectionLimits): void {
  /** In the order in which they last became idle, oldest first. */
  const idle = new Set<Socket>();
  const open = new Map<Socket, string>();

  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const neighbours = [...open.keys()].filter((other) => open.get(other) === address);
    if (neighbours.length >= perAddress) makeRoom(socket, neighbours);
    else if (open.size >= total) makeRoom(socket, [...open.keys()]);
    if (socket.destroyed) return;
    open.set(socket, address);
    idle.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      idle.delete(socket);
    });
  });
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    response.once("close", () => void (socket.destroyed || idle.add(socket)));
  });

  function makeRoom(newcomer: Socket, candidates: readonly Socket[]): void {
    const oldest = idle.values().find((socket) => candidates.includes(socket));
    if (oldest === undefined) return void newcomer.destroy();
    oldest.destroy();
    // Its own event comes a turn later, and more connections may come before that.
    open.delete(oldest);
    idle.delete(oldest);
  }
}
