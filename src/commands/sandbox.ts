import { once } from "node:events";
import { Command, InvalidArgumentError } from "commander";
import { CHURN_NAMES } from "../sandbox/churn.ts";
import { parseDuration } from "../sandbox/duration.ts";
import { FAULTS } from "../sandbox/fault-names.ts";
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
    .option("--latency <ms>", "time each answer takes", parseDuration, 0)
    .option("--rate <n>", "requests a second, 429 above it", positive)
    .option("--churn <list>", "what happens to the datasets by itself")
    .option("--retention <time>", "unnamed datasets vanish at this age (7d)", parseDuration)
    .option("--lag <time>", "new datasets are listed this much later", parseDuration)
    .option("--faults <list>", "what goes wrong")
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
