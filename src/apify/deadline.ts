/** A signal that lives no longer than one piece of work. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether the time ran out; false if the parent aborted first. */
  readonly isOver: boolean;
}

/**
 * A signal that aborts with its parent, or after `ms`. Disposing lets go of the parent at once: `AbortSignal.any`
 * would hang on to one that lives as long as the service. Real time, as the network's is.
 */
export function createDeadline(parent: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const onAbort = () => controller.abort(parent.reason);
  const onTime = () => {
    isOver = !controller.signal.aborted;
    controller.abort();
  };
  const timer = setTimeout(onTime, ms);
  parent.addEventListener("abort", onAbort);
  if (parent.aborted) onAbort();
  return {
    signal: controller.signal,
    get isOver() {
      return isOver;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      parent.removeEventListener("abort", onAbort);
    },
  };
}
