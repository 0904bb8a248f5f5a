/** Preloaded into a process to learn from its parent's side what it used. */
process.on("exit", () => process.send?.(process.resourceUsage()));
// The channel must not keep the process alive.
process.channel?.unref();
