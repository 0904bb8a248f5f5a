import { networkInterfaces } from "node:os";

import { pino } from "pino";
import { expect, test } from "vitest";

import { ask, createTestHome, open } from "../support/embedded.ts";

const [ownAddress = ""] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);
/** The server takes a connection to this machine's own address for one from outside. */
const fromElsewhere = (url: string) => url.replace("127.0.0.1", ownAddress);

test.skipIf(ownAddress === "").each(["every address", "one address"])(
  "a server that listens on %s lets other machines in by password, except the superuser",
  async (which) => {
    await using home = await createTestHome();
    const lines: string[] = [];
    const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    await using db = await open(home, { host: which === "one address" ? ownAddress : "0.0.0.0", log });
    expect(lines).toEqual([expect.stringContaining("accepts connections from other machines")]);
    expect(await ask(db.url, "select 1")).toBe(1);
    expect(await ask(fromElsewhere(db.url), "select 1")).toBe(1);
    const guess = fromElsewhere(db.url).replace(new URL(db.url).password, "guess");
    await expect(ask(guess, "select 1")).rejects.toMatchObject({ code: "28P01" });
    await expect(ask(fromElsewhere(db.adminUrl), "select 1")).rejects.toThrow("pg_hba.conf rejects");
    const methods =
      "select string_agg(distinct auth_method, ' ' order by auth_method) from pg_hba_file_rules";
    expect(await ask(db.adminUrl, methods)).toBe("reject scram-sha-256");
  },
);

test("on loopback there is no warning, and other addresses of this machine are not listened on", async ({
  skip,
}) => {
  skip(ownAddress === "", "this machine has no other address");
  await using home = await createTestHome();
  const lines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  await using db = await open(home, { host: "localhost", log });
  expect(lines).toEqual([]);
  await expect(ask(fromElsewhere(db.url), "select 1")).rejects.toMatchObject({
    code: "ECONNREFUSED",
  });
});

// 198.51.100.0/24 is a network for documentation (RFC 5737), and .invalid is no domain (RFC 2606).
test.each(["198.51.100.1", "host.invalid"])(
  "an address that this machine does not have is refused: %s",
  async (host) => {
    await using home = await createTestHome();
    await expect(open(home, { host })).rejects.toMatchObject({
      name: "OperatorError",
      message: expect.stringContaining(host),
      hint: expect.stringContaining("EMBEDDED_HOST"),
    });
    expect(await home.postmasterPid()).toBeUndefined();
  },
);
