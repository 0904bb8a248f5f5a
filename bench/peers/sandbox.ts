/** The account everybody reads from, in a process of its own. */
import { serveAccount } from "../../src/sandbox/start.ts";
import type { ServeOptions, ServedSandbox } from "../../src/sandbox/start.ts";
import { LargeAccount } from "../account/large-account.ts";

export interface SandboxOptions extends Omit<ServeOptions, "clock"> {
  readonly datasets: number;
  /** Milliseconds; no dataset is younger. */
  readonly age: number;
}

export type SandboxOrder =
  | { readonly do: "start"; readonly options: SandboxOptions }
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

/** Milliseconds between the oldest dataset and the youngest. */
const SPAN_MS = 7 * 86_400_000;

let sandbox: (ServedSandbox & { readonly account: LargeAccount }) | undefined;

export async function run(order: SandboxOrder): Promise<SandboxTold> {
  if (order.do === "start") sandbox = await start(order.options);
  if (sandbox === undefined) throw new Error("the sandbox has not started");
  const { account, requests } = sandbox;
  if (order.do === "forget") requests.length = 0;
  if (order.do === "touch") account.touch(order.count, Date.now());
  const late = requests.slice(requests.length / 2);
  return {
    url: sandbox.url,
    token: sandbox.token,
    requests: requests.length,
    throttled: requests.filter(({ status }) => status === 429).length,
    throttledLate: late.filter(({ status }) => status === 429).length,
  };
}

async function start({ datasets, age, ...options }: SandboxOptions) {
  const to = Date.now() - age;
  const account = new LargeAccount({ datasets, from: to - SPAN_MS, to });
  return { ...(await serveAccount(account, options)), account };
}
