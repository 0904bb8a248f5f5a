import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, test } from "vitest";

import { OperatorError, messageOf } from "../../src/core/errors.ts";
import { inDatabase } from "../../src/mirror/database.ts";
import { DatabaseError } from "../../src/mirror/database-error.ts";

async function failureOf(cause: Error): Promise<Error> {
  const thrown = new DrizzleQueryError("insert into t values ($1)", ["a-parameter"], cause);
  return inDatabase("write a page", () => Promise.reject(thrown)).catch((error: Error) => error);
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

test("a failed statement never shows its parameters, whether its cause has a code or is a bug without one", async () => {
  for (const cause of [coded("40P01", "deadlock detected"), new TypeError("not a string")]) {
    const error = await failureOf(cause);
    expect(error.message).toContain(`write a page: ${cause.message}`);
    expect(`${error.message} ${messageOf(error.cause)}`).not.toContain("a-parameter");
  }
});

test.each([
  ["English", 'invalid input syntax for type bigint: "a-parameter"'],
  ["English", 'value "a-parameter" is out of range for type bigint'],
  ["German", "ungültige Eingabesyntax für Typ bigint: »a-parameter«"],
  ["German", "ungültige Eingabesyntax für Typ bigint: „a-parameter“"],
  ["French", "la syntaxe en entrée n'est pas valide pour le type bigint : « a-parameter »"],
  ["Japanese", "型bigintの入力構文が不正です: 「a-parameter」"],
])("nor does it in a server's own language: %s, %s", async (_, message) => {
  expect((await failureOf(coded("22P02", message))).message).not.toContain("a-parameter");
});

test("a character that an encoding does not have: the encodings are named", async () => {
  const message =
    'character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"';
  expect((await failureOf(coded("22P05", message))).message).toContain(message);
});

describe("what can be done is said for each kind, and only what may pass is tried again", () => {
  test.each([
    ["ECONNREFUSED", true, /runs and can be reached/],
    ["57P03", true, /runs and can be reached/],
    ["53300", true, /max_connections/],
    ["53400", false, /Raise the limit/],
    ["57P04", false, /log/],
    ["57014", false, /pg_stat_activity/],
    ["28P01", false, /password/],
    ["3D000", false, /Create the database/],
    ["SELF_SIGNED_CERT_IN_CHAIN", false, /authority.*sslrootcert.*NODE_EXTRA_CA_CERTS/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", false, /authority.*sslrootcert.*NODE_EXTRA_CA_CERTS/],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", false, /authority.*sslrootcert.*NODE_EXTRA_CA_CERTS/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", false, /another host name/],
    ["CERT_HAS_EXPIRED", false, /Renew/],
    ["CERT_NOT_YET_VALID", false, /clock/],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", false, /client certificate/],
  ])("%s", async (code, isTransient, hint) => {
    const error = await failureOf(coded(code, "it failed"));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code, isTransient, hint: expect.stringMatching(hint) });
  });

  test.each([
    ["timeout exceeded when trying to connect", "TIMEOUT", true],
    ["Connection terminated unexpectedly", "ECONNLOST", true],
    ["The server does not support SSL connections", "NOTLS", false],
    ["SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", "NOPASSWORD", false],
    ["SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match", "28000", false],
  ])("%s: %s", async (message, code, isTransient) => {
    expect(await failureOf(new Error(message))).toMatchObject({ code, isTransient });
  });

  test("what is no failure of the database is a bug", async () => {
    expect(await failureOf(new RangeError("out of bounds"))).not.toBeInstanceOf(OperatorError);
  });
});
