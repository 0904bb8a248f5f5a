import type { SandboxOptions, SandboxOrder, SandboxTold } from "../peers/sandbox.ts";
import type { Figure } from "./figures.ts";
import type { Postgres } from "./postgres.ts";
import { openSide } from "./side.ts";

/** What a case has to work with. */
export interface Bench {
  readonly postgres: Postgres;
  readonly datasets: number;
  readonly rounds: number;
  readonly deep: boolean;
  /** Says on the terminal what is going on. */
  readonly progress: (text: string) => void;
}

export type Case = (bench: Bench) => Promise<Figure[]>;

export interface Account extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  order(order: SandboxOrder): Promise<SandboxTold>;
}

/** More requests a second than any side can make; the service keeps to what X-RateLimit-Limit says. */
const UNLIMITED = 100_000;
const HOUR_MS = 3_600_000;

/** Starts a sandbox in a process of its own. None of its datasets is young. */
export async function openAccount(datasets: number, options: Partial<SandboxOptions> = {}): Promise<Account> {
  await using stack = new AsyncDisposableStack();
  const side = stack.use(openSide<SandboxOrder, SandboxTold>("sandbox"));
  const start = { do: "start", options: { rate: UNLIMITED, age: HOUR_MS, ...options, datasets } } as const;
  const { url, token } = await side.run(start);
  const owned = stack.move();
  return { url, token, order: (order) => side.run(order), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Rows a second. */
export function rate(rows: number, ms: number): number {
  return (rows / ms) * 1000;
}
