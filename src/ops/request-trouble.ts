import type { ClientEvent } from "../apify/client.ts";

/** Why requests to Apify are waiting, for as long as they fail: `connection refused, try 3 of 8`. */
export interface RequestTrouble {
  onEvent(event: ClientEvent): void;
  /** Null once a request has succeeded, and before any has failed. */
  current(): string | null;
}

export function requestTrouble(): RequestTrouble {
  let trouble: string | null = null;
  return {
    onEvent(event) {
      if (event.kind === "answered" && event.status < 400) trouble = null;
      if (event.kind === "retrying")
        trouble = `${event.error.reason}, try ${event.attempt} of ${event.attempts}`;
    },
    current: () => trouble,
  };
}
