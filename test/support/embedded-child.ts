import { existsSync } from "node:fs";

import { openEmbedded } from "../../src/mirror/embedded.ts";
import { silentLog } from "./silent-log.ts";

const [, , dataDir = "", end] = process.argv;
if (end === "exit-while-starting") {
  setInterval(() => existsSync(`${dataDir}/cluster/data/postmaster.pid`) && process.exit(), 5);
}
const database = await openEmbedded({
  ...{ dataDir, host: "127.0.0.1", port: 0, settings: ["fsync=off"] },
  log: silentLog,
  parent: process,
  signal: new AbortController().signal,
});
console.log(JSON.stringify({ url: database.url, port: database.port }));
process.once("SIGTERM", () => void database[Symbol.asyncDispose]());

if (end === "throw") throw new Error("on purpose");
if (end === "out-of-memory") {
  // V8 aborts the process, and none of its code runs any more.
  const hoard: number[][] = [];
  for (;;) hoard.push(Array.from({ length: 10_000 }, () => Math.random()));
}
