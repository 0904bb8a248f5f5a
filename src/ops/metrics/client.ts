import { Counter, Histogram } from "prom-client";
import type { Registry } from "prom-client";

import type { ClientEvent } from "../../apify/client.ts";

/** Seconds: an answer takes some tens of milliseconds, a request ends at 30 s unless configured otherwise. */
const DURATIONS_S = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts what is asked of the API. */
export function clientMetrics(registry: Registry, prefix: string): (event: ClientEvent) => void {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: prefix + name, help, labelNames, registers });
  const answers = counter("api_answers_total", "Answers of the Apify API, by status code.", ["status"]);
  const failures = counter("api_failures_total", "Requests to the Apify API that brought no page, by why.", [
    "failure",
  ]);
  const durations = new Histogram({
    name: `${prefix}api_answer_duration_seconds`,
    help: "How long answers of the Apify API took, with their bodies and without the wait for a turn.",
    buckets: DURATIONS_S,
    registers,
  });
  const throttled = counter("api_throttled_total", "Answers that said 429, too many requests.");
  const paused = counter("api_throttled_seconds_total", "Time spent waiting because of 429 answers.");
  const retried = counter("api_retries_total", "Requests that failed and were tried again.");
  answers.inc({ status: "200" }, 0);
  return (event) => {
    switch (event.kind) {
      case "answered":
        answers.inc({ status: labelOf(event.status) });
        return durations.observe(event.durationMs / 1000);
      case "failed":
        return failures.inc({ failure: event.failure });
      case "throttled":
        return throttled.inc();
      case "paused":
        return paused.inc(event.ms / 1000);
      case "retrying":
        return retried.inc();
    }
  };
}

/** Bounded whatever a server sends. */
function labelOf(status: number): string {
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : "other";
}
