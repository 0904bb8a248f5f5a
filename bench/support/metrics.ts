/** Memory of a service that serves its metrics, in megabytes. */
export async function residentMb(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes.* (\S+)$/m.exec(text)?.[1]) / 1e6;
}
