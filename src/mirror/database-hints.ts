/** What an operator can do about a failure with this code. */
export type HintFor = (code: string) => string | undefined;

/** pg gives these failures no code. */
export const UNCODED: ReadonlyArray<readonly [message: RegExp, code: string]> = [
  [/timeout/i, "TIMEOUT"],
  [/^Connection terminated|not queryable|Client has encountered/, "ECONNLOST"],
  [/^SASL: .* password must be a/, "NOPASSWORD"],
  [/^The server does not support SSL/, "NOTLS"],
  [/password|SASL|SSL/, "28000"],
];

/**
 * Classes and codes after which the same statement may succeed, if only one waits. Source: PostgreSQL, appendix A, and
 * the system's error codes.
 */
const TRANSIENT =
  /^(08|40|53[0-3]|57P0[1235]|55P03|25006|25P03)|^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|TIMEOUT)/;

export function isTransient(code: string): boolean {
  return TRANSIENT.test(code);
}

/** The first that matches. The names of failed certificates are those of OpenSSL's X509_V_ERR and of Node's tls. */
const HINTS: ReadonlyArray<readonly [code: RegExp, hint: string]> = [
  [
    /^25006/,
    "The server is a replica, or default_transaction_read_only is on for it, the database or the role, as some " +
      "providers do when the disk is nearly full: point DATABASE_URL at the primary, or reset the setting.",
  ],
  [
    /^25P03/,
    "This process was stopped or cut off from the database for longer than a transaction may be idle; a service tries again by itself.",
  ],
  [/^42501/, "Grant the role of DATABASE_URL the right to create and use the schema apify."],
  [/^42/, "The schema is not what this program expects: run `dataset-mirror migrate`."],
  [
    /^57014/,
    "It took longer than this program gives a statement, or an administrator cancelled it; statement_timeout of the " +
      "role or the database does not apply. Look in pg_stat_activity for what it waits for.",
  ],
  [/^3D000/, "Create the database that DATABASE_URL names, or correct the name."],
  [/^53300/, "The server is out of connections: raise max_connections or use a pooler."],
  [/^53100/, "The server's disk is full: free space, nothing was lost."],
  [/^53400/, "Raise the limit that the message names, for the role or the database."],
  [/^NOPASSWORD/, "Add it to DATABASE_URL: postgres://user:password@host:5432/database."],
  [
    /^NOTLS/,
    "Use sslmode=disable in DATABASE_URL if the network is trusted, or switch TLS on in the server.",
  ],
  [
    /^28/,
    "Check user, password and sslmode in DATABASE_URL: the server may want TLS (sslmode=require) or may not take " +
      "connections from this host (pg_hba.conf).",
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID/,
    "The certificate is for another host name: use a name in DATABASE_URL that the certificate is for.",
  ],
  [/^CERT_HAS_EXPIRED/, "Renew the server's certificate."],
  [/^CERT_NOT_YET_VALID/, "Set this machine's clock, or wait until the server's certificate is valid."],
  [
    /SELF_SIGNED|UNABLE_TO|CERT_|INVALID_CA/,
    "The authority that signed the server's certificate is not trusted here: add sslrootcert=/path/of/ca.pem to " +
      "DATABASE_URL, or name that file in NODE_EXTRA_CA_CERTS.",
  ],
  [
    /^(EPROTO|ERR_SSL)/,
    "TLS could not be agreed on: the server may want a client certificate (sslcert and sslkey in DATABASE_URL).",
  ],
  [
    TRANSIENT,
    "Check that the database of DATABASE_URL runs and can be reached; a service tries again by itself.",
  ],
];

export function hintFor(code: string): string {
  return HINTS.find(([pattern]) => pattern.test(code))?.[1] ?? "See the database server's log.";
}
