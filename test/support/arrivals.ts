import type { Sandbox } from "../../src/sandbox/start.ts";

export interface Arrivals {
  /** Resolves when so many more requests have come, before the last of them is answered. */
  after(count: number): Promise<void>;
}

/** Lets a test act between a request and its answer. `onRequest` may change the account. */
export function watchArrivals({ account }: Sandbox, onRequest: () => void = () => {}): Arrivals {
  const waiting = new Set<{ left: number; resolve: () => void }>();
  const advance = account.advance.bind(account);
  account.advance = () => {
    advance();
    onRequest();
    for (const waiter of waiting) {
      waiter.left -= 1;
      if (waiter.left > 0) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  };
  return {
    after(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add({ left: count, resolve });
      return promise;
    },
  };
}
