import { once } from "node:events";
import { Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../core/duration.ts";
import { OperatorError } from "../core/errors.ts";
import { CHURN_NAMES, parseChurn } from "../sandbox/churn.ts";
import { FAULTS } from "../sandbox/fault-names.ts";
import { parseFaults } from "../sandbox/faults.ts";
import { startSandbox } from "../sandbox/start.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/start.ts";
import { commandLine } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** `sandbox`: serves `GET /v2/datasets` from a living account in memory until the signal aborts. */
export function sandboxCommand(terminal: Pick<Terminal, "env" | "signal">): Command {
  const { signal } = terminal;
  return new Command("sandbox")
    .description("serve GET /v2/datasets from an account in memory that changes by itself")
    .option("--port <port>", "port on 127.0.0.1; 0 takes a free one", wholeUpTo(65_535), 4010)
    .option("--datasets <n>", "datasets at the start", wholeUpTo(2_000_000), 1000)
    .option("--seed <n>", "the same seed gives the same account", wholeUpTo(0xffff_ffff), 1)
    .option("--token <token>", "bearer token that it accepts", "sandbox-token")
    .option("--latency <ms>", "time each answer takes", wholeUpTo(600_000), 0)
    .option("--rate <n>", "requests a second, 429 above; announced in X-RateLimit-Limit", positive)
    .option("--churn <list>", "what happens to the datasets by itself", checkedBy(parseChurn))
    .option("--retention <time>", "age at which unnamed datasets expire (7d)", duration)
    .option("--lag <time>", "how much later new datasets appear in the list (15s)", duration)
    .option("--faults <list>", "what goes wrong", checkedBy(parseFaults))
    .addHelpText("after", HELP)
    .action(async (options: SandboxOptions, command: Command) => {
      await using sandbox = await startSandbox(options);
      command.configureOutput().writeOut?.(introduce(sandbox, terminal));
      if (!signal.aborted) await once(signal, "abort");
    });
}

const HELP = `
Churn: NAME=AMOUNT/s (per second) or NAME=AMOUNT/r (per request), separated by commas.
  ${CHURN_NAMES.join(", ")}

Faults: NAME=RATE (0 to 1, per request) or NAME=FOR/EVERY (an outage), separated by commas.
${Object.entries(FAULTS)
  .map(([name, meaning]) => `  ${name.padEnd(16)} ${meaning}`)
  .join("\n")}

Examples:
  dataset-mirror sandbox
  dataset-mirror sandbox --datasets 1000000 --seed 7 --rate 60
  dataset-mirror sandbox --churn create=2/s,expire=2/s,delete=0.5/s,touch=5/s --retention 7d
  dataset-mirror sandbox --faults reset=0.05,429-retry-after=0.1,503=5s/60s --latency 80

Its base URL is the first line it prints, as soon as it answers; the command that mirrors it comes next.`;

/** A source of its own keeps the sandbox apart from a real account in the same mirror. */
function introduce({ url, token }: Sandbox, terminal: Pick<Terminal, "env">): string {
  const mirror = commandLine(terminal, "sync");
  return `${url}

Token: ${token}
Mirror it from another shell:
  APIFY_TOKEN=${shellWord(token)} APIFY_API_BASE_URL=${url} SOURCE_NAME=sandbox ${mirror}
`;
}

function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function wholeUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("It must be a duration such as 250ms, 5s, 10m, 1h or 7d.");
  return ms;
}

/** Accepts the text as it is if `parse` can read it. */
function checkedBy(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      parse(text);
      return text;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      throw new InvalidArgumentError(`${error.message}: ${error.hint}`);
    }
  };
}
