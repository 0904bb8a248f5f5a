/** The account everybody reads from, in a process of its own. */
import { setTimeout as sleep } from "node:timers/promises";

import { startSandbox } from "../../src/sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/start.ts";

export type SandboxOrder =
  | { readonly do: "start"; readonly options: Omit<SandboxOptions, "clock">; readonly age: number }
  /** Forgets the requests so far. */
  | { readonly do: "forget" }
  /** Writes items into some datasets. */
  | { readonly do: "touch"; readonly count: number }
  | { readonly do: "tell" };

export interface SandboxTold {
  readonly url: string;
  readonly token: string;
  readonly requests: number;
  readonly throttled: number;
  /** Answers 429 among the second half of the requests. */
  readonly throttledLate: number;
}

let sandbox: Sandbox | undefined;

export async function run(order: SandboxOrder): Promise<SandboxTold> {
  if (order.do === "start") sandbox = await start(order.options, order.age);
  if (sandbox === undefined) throw new Error("the sandbox has not started");
  const { account, requests } = sandbox;
  if (order.do === "forget") requests.length = 0;
  if (order.do === "touch") account.touchRandom(order.count);
  const late = requests.slice(requests.length / 2);
  return {
    url: sandbox.url,
    token: sandbox.token,
    requests: requests.length,
    throttled: requests.filter(({ status }) => status === 429).length,
    throttledLate: late.filter(({ status }) => status === 429).length,
  };
}

/** All datasets are older than `age` milliseconds: none is young, as in an account where nothing happens. */
async function start(options: Omit<SandboxOptions, "clock">, age: number): Promise<Sandbox> {
  let back = age;
  const clock = {
    now: () => Date.now() - back,
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  const started = await startSandbox({ ...options, clock });
  back = 0;
  return started;
}
