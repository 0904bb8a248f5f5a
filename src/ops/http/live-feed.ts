import type { ServerResponse } from "node:http";

import type { Clock } from "../../core/clock.ts";

/** Parts of the page by the id of their element, as HTML. */
export type Frame = Readonly<Record<string, string>>;

export interface FeedOptions {
  /** What the page shows now, and whether a run makes it worth looking again soon. Must not throw. */
  readonly look: () => Promise<{ frame: Frame; now: number; isBusy: boolean }>;
  readonly clock: Clock;
}

export const CLIENTS_MAX = 32;
/** Bytes that wait for a client; one that reads more slowly is let go and comes back by itself. */
const BACKLOG_MAX = 1_000_000;
const BUSY_MS = 1000;
const IDLE_MS = 5000;
/** How long a browser waits before it comes back. */
const RETRY_MS = 3000;

/** Server-sent events: everybody gets what changed. Looks at the account only while somebody watches. */
export class LiveFeed implements AsyncDisposable {
  readonly #options: FeedOptions;
  readonly #stop = new AbortController();
  /** What each client has been shown. */
  readonly #clients = new Map<ServerResponse, Frame>();
  #looking: Promise<void> | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#clients.size >= CLIENTS_MAX || this.#stop.signal.aborted;
  }

  /** Takes over a response whose head is written. The client is first sent all parts, later what changed. */
  join(client: ServerResponse): void {
    this.#clients.set(client, {});
    client.on("close", () => this.#clients.delete(client));
    client.on("error", () => this.#clients.delete(client));
    client.write(`retry: ${RETRY_MS}\n\n`);
    this.#looking ??= this.#lookOn().finally(() => (this.#looking = null));
  }

  /** Ends every stream at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
    await this.#looking;
  }

  async #lookOn(): Promise<void> {
    const { look, clock } = this.#options;
    const { signal } = this.#stop;
    while (this.#clients.size > 0 && !signal.aborted) {
      const { frame, now, isBusy } = await look();
      for (const [client, shown] of this.#clients) this.#show(client, shown, frame, now);
      await clock.sleep(isBusy ? BUSY_MS : IDLE_MS, signal).catch(() => {});
    }
  }

  #show(client: ServerResponse, shown: Frame, frame: Frame, now: number): void {
    if (client.writableLength > BACKLOG_MAX) {
      this.#clients.delete(client);
      client.destroy();
      return;
    }
    const sections = Object.fromEntries(Object.entries(frame).filter(([id, part]) => shown[id] !== part));
    // Sent even when nothing changed: it shows both ends that the other one lives.
    client.write(`event: sections\ndata: ${JSON.stringify({ now, sections })}\n\n`);
    this.#clients.set(client, frame);
  }
}
