import { randomUUID } from "node:crypto";

import { expect } from "vitest";

import { createTestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** What no output may hold, in whatever spelling the rest of the secret comes. */
const TOKEN_CORE = "RecognisableToken";
const PASSWORD_CORE = "RecognisablePassword";
export const TOKEN = `apify_api_${TOKEN_CORE}0123456789`;
/** With characters that a URL has to escape. */
export const PASSWORD = `p@ss/w:${PASSWORD_CORE}#%`;

export interface SecretDatabase extends AsyncDisposable {
  /** With the password. */
  readonly url: string;
  /** Without it. */
  readonly adminUrl: string;
}

/** A database that is entered with a password that would be recognised. */
export async function createSecretDatabase(): Promise<SecretDatabase> {
  const database = await createTestDatabase();
  const role = `secret_${randomUUID().replaceAll("-", "")}`;
  await query(database.url, `create role ${role} login superuser password '${PASSWORD}'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = encodeURIComponent(PASSWORD);
  return {
    url: url.href,
    adminUrl: database.url,
    async [Symbol.asyncDispose]() {
      await query(database.url, `reassign owned by ${role} to current_user`);
      await query(database.url, `drop owned by ${role}`);
      await query(database.url, `drop role ${role}`);
      await database[Symbol.asyncDispose]();
    },
  };
}

export function expectNoSecret(where: string, text: string): void {
  const spellings = [TOKEN_CORE, PASSWORD_CORE].flatMap((core) => [
    core,
    Buffer.from(core).toString("hex"),
    // Where in a group of three the core begins is not known.
    ...[0, 1, 2].map((pad) =>
      Buffer.from("x".repeat(pad) + core)
        .toString("base64")
        .slice(4, -4),
    ),
  ]);
  for (const spelling of spellings) {
    const at = text.toLowerCase().indexOf(spelling.toLowerCase());
    if (at >= 0) expect.fail(`${where} holds a secret: ...${text.slice(Math.max(0, at - 200), at + 100)}...`);
  }
}

/** Everything the mirror holds, as text. */
export async function dump(url: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    "select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema = 'apify'",
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await query<{ text: string | null }>(
        url,
        `select string_agg(t::text, e'\\n') as text from ${name} t`,
      );
      return `${name}\n${row?.text ?? ""}`;
    }),
  );
  return texts.join("\n");
}
