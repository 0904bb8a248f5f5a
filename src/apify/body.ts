import { BodyTooLargeError } from "./errors.ts";

/** Bytes, after decompression. A page of 1000 datasets is about half a megabyte. */
export const BODY_MAX = 64 * 1024 * 1024;
/** Bytes of the answer to a failed request that are looked at. */
const REFUSAL_MAX = 64 * 1024;

/** The body of a page; throws BodyTooLargeError as soon as it is known to be longer than `max`. */
export async function readBody(response: Response, max = BODY_MAX): Promise<Buffer> {
  const told = Number(response.headers.get("content-length") ?? 0);
  if (told > max) {
    await discardBody(response);
    throw new BodyTooLargeError(`${told} bytes`, mebibytes(max));
  }
  const { chunks, isWhole } = await collect(response, max);
  if (!isWhole) throw new BodyTooLargeError(`more than ${max} bytes`, mebibytes(max));
  return Buffer.concat(chunks);
}

/** The beginning of the body of a failed request. */
export async function readHead(response: Response): Promise<Buffer> {
  const { chunks } = await collect(response, REFUSAL_MAX);
  return Buffer.concat(chunks);
}

/** Lets go of a body nobody reads, so that its connection is not held. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel();
}

/** At most about `max` bytes; leaving the loop early cancels the rest and closes the connection. */
async function collect(response: Response, max: number): Promise<{ chunks: Uint8Array[]; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > max) return { chunks, isWhole: false };
    chunks.push(chunk);
  }
  return { chunks, isWhole: true };
}

function mebibytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}
