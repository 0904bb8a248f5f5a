import { runScenario } from "./run.ts";
import type { Event, Scenario } from "./scenario.ts";

/** The smallest scenario found that still breaks the same invariant (delta debugging over the events). */
export function shrink(scenario: Scenario): Scenario {
  const invariant = runScenario(scenario)?.invariant;
  const fails = (events: readonly Event[]): boolean =>
    runScenario({ ...scenario, events })?.invariant === invariant;
  let events = scenario.events;
  for (let before = -1; before !== weight(events);) {
    before = weight(events);
    events = simplify(leaveOut(events, fails), fails);
  }
  return { ...scenario, events };
}

function leaveOut(events: readonly Event[], fails: (events: readonly Event[]) => boolean): readonly Event[] {
  let kept = events;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const rest = kept.toSpliced(at, size);
      if (fails(rest)) kept = rest;
      else at += size;
    }
  }
  return kept;
}

function simplify(events: readonly Event[], fails: (events: readonly Event[]) => boolean): readonly Event[] {
  let kept = events;
  for (const index of events.keys()) {
    const event = kept[index];
    if (!event) continue;
    for (const simpler of simplerThan(event)) {
      const tried = kept.with(index, simpler);
      if (!fails(tried)) continue;
      kept = tried;
      break;
    }
  }
  return kept;
}

/** Plainest first. */
function simplerThan(event: Event): Event[] {
  if (event.do === "request") return event.quirks ? [{ do: "request", pass: event.pass }] : [];
  if (event.do === "create") {
    const lessLag = event.lag > 0 ? [{ ...event, lag: 0 }] : [];
    return [...fewer(event.count).map((count) => ({ ...event, count })), ...lessLag];
  }
  if (event.do === "expire" || event.do === "delete")
    return fewer(event.count).map((count) => ({ ...event, count }));
  if (event.do === "advance") return fewer(event.minutes).map((minutes) => ({ ...event, minutes }));
  return [];
}

function fewer(count: number): number[] {
  return count > 1 ? [1, count - 1] : [];
}

function weight(events: readonly Event[]): number {
  return JSON.stringify(events).length;
}
