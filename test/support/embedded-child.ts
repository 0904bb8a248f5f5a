import { openEmbedded } from "../../src/mirror/embedded.ts";
import { silentLog } from "./silent-log.ts";

const database = await openEmbedded({
  dataDir: process.argv[2] ?? "",
  port: 0,
  role: "owner",
  log: silentLog,
  host: process,
  settings: ["fsync=off"],
});
console.log(JSON.stringify({ url: database.url, port: database.port }));
process.once("SIGTERM", () => void database[Symbol.asyncDispose]());
