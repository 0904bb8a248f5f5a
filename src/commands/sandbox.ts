import { once } from "node:events";
import { Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../core/duration.ts";
import { OperatorError } from "../core/errors.ts";
import { CHURN_NAMES, parseChurn } from "../sandbox/churn.ts";
import { FAULTS } from "../sandbox/fault-names.ts";
import { parseFaults } from "../sandbox/faults.ts";
import { startSandbox } from "../sandbox/start.ts";
import type { SandboxOptions } from "../sandbox/start.ts";

/** `sandbox`: serves `GET /v2/datasets` from a living account in memory until the signal aborts. */
export function sandboxCommand(signal: AbortSignal): Command {
  return new Command("sandbox")
    .description("serve GET /v2/datasets from a living in-memory account")
    .option("--port <port>", "port on 127.0.0.1; 0 takes a free one", wholeUpTo(65_535), 4010)
    .option("--datasets <n>", "datasets at the start", wholeUpTo(50_000_000), 1000)
    .option("--seed <n>", "the same seed gives the same account", wholeUpTo(0xffff_ffff), 1)
    .option("--token <token>", "bearer token that is let in", "sandbox-token")
    .option("--latency <ms>", "time each answer takes", wholeUpTo(600_000), 0)
    .option("--rate <n>", "requests a second, 429 above it; told in X-RateLimit-Limit", positive)
    .option("--churn <list>", "what happens to the datasets by itself", readBy(parseChurn))
    .option("--retention <time>", "unnamed datasets vanish at this age (7d)", duration)
    .option("--lag <time>", "new datasets are listed this much later (15s)", duration)
    .option("--faults <list>", "what goes wrong", readBy(parseFaults))
    .addHelpText("after", HELP)
    .action(async (options: SandboxOptions, command: Command) => {
      await using sandbox = await startSandbox(options);
      command.configureOutput().writeOut?.(`${sandbox.url}\n`);
      if (!signal.aborted) await once(signal, "abort");
    });
}

const HELP = `
Churn: NAME=AMOUNT/s (a second) or NAME=AMOUNT/r (a request), with commas between.
  ${CHURN_NAMES.join(", ")}

Faults: NAME=RATE (0 to 1, a request) or NAME=FOR/EVERY (an outage), with commas between.
${Object.entries(FAULTS)
  .map(([name, meaning]) => `  ${name.padEnd(16)} ${meaning}`)
  .join("\n")}

Examples:
  dataset-mirror sandbox
  dataset-mirror sandbox --datasets 1000000 --seed 7 --rate 60
  dataset-mirror sandbox --churn create=2/s,expire=2/s,delete=0.5/s,touch=5/s --retention 7d
  dataset-mirror sandbox --faults reset=0.05,429-retry-after=0.1,503=5s/60s --latency 80

The base URL is printed as soon as it answers:
  APIFY_API_BASE_URL=http://127.0.0.1:4010 APIFY_TOKEN=sandbox-token dataset-mirror sync`;

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
  if (ms === undefined) throw new InvalidArgumentError("Write 250ms, 5s, 10m, 1h or 7d.");
  return ms;
}

/** Lets a list through as it is once `parse` can read it. */
function readBy(parse: (text: string) => unknown): (text: string) => string {
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
