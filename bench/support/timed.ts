/** What a piece of work took. */
export interface Took {
  readonly ms: number;
  /** Processor time of this process, user and system. */
  readonly cpuMs: number;
}

export async function timed(work: () => Promise<unknown>): Promise<Took> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}
