/** Many accounts, each behind a server of its own, in one process. */
import { serveAccount } from "../../src/sandbox/start.ts";
import { LargeAccount } from "../account/large-account.ts";

export interface SandboxesOrder {
  /** Datasets of each account. */
  readonly sizes: readonly number[];
  /** Milliseconds that a page takes. */
  readonly latency: number;
}

export interface SandboxesTold {
  readonly accounts: ReadonlyArray<{ readonly url: string; readonly token: string }>;
}

const HOUR_MS = 3_600_000;
const SPAN_MS = 7 * 24 * HOUR_MS;
const UNLIMITED = 100_000;

export async function run({ sizes, latency }: SandboxesOrder): Promise<SandboxesTold> {
  const to = Date.now() - HOUR_MS;
  const accounts: Array<{ url: string; token: string }> = [];
  for (const [index, datasets] of sizes.entries()) {
    const account = new LargeAccount({ datasets, from: to - SPAN_MS, to });
    const token = `token-of-account-${index}`;
    const { url } = await serveAccount(account, { latency, token, rate: UNLIMITED });
    accounts.push({ url, token });
  }
  return { accounts };
}
