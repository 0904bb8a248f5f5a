/** The process behind `openSide`: one order at a time, until the parent lets go. */
import type { Reply } from "./side.ts";

const peer: { run(order: unknown): Promise<unknown> } = await import(process.argv[2] ?? "");

process.on("message", (order) => {
  void answer(order).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));

async function answer(order: unknown): Promise<Reply<unknown>> {
  try {
    return { outcome: await peer.run(order) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
