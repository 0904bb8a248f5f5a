import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a side-child answers to an order. */
export type Reply<Outcome> = { readonly outcome: Outcome } | { readonly error: string };

/** A process of its own that does the same work again and again, warm as a service that has run for a while. */
export interface Side<Order extends object, Outcome> extends AsyncDisposable {
  run(order: Order): Promise<Outcome>;
}

const CHILD = fileURLToPath(new URL("side-child.ts", import.meta.url));

/** Starts a process that carries out the orders of a module of `bench/peers`, which exports `run`. */
export function openSide<Order extends object, Outcome>(peer: string): Side<Order, Outcome> {
  const child = fork(CHILD, [new URL(`../peers/${peer}.ts`, import.meta.url).href], {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return {
    async run(order) {
      const gone = once(child, "exit").then(([code]) => ({ error: `${peer} ended with ${code}` }));
      const answered = once(child, "message").then(([reply]: Reply<Outcome>[]) => reply);
      child.send(order);
      const reply = await Promise.race([answered, gone]);
      if (reply !== undefined && "outcome" in reply) return reply.outcome;
      throw new Error(reply?.error);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
