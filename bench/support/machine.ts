import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** Where the figures come from; a busy machine shows in its load. */
export function describeMachine(postgres: string): Readonly<Record<string, string>> {
  return {
    at: new Date().toISOString(),
    processor: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(" "),
    node: process.version,
    postgres,
  };
}
