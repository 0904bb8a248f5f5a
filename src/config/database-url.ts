import type { Reading } from "./problem.ts";
import { whyUnreadable } from "./tokens.ts";

export interface DatabaseUrl {
  /** For `pg`; holds the password. */
  readonly url: string;
  /** Every spelling of the password that the URL holds. */
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"];
const CERTIFICATE_FILES = ["sslrootcert", "sslcert", "sslkey"];

/** Reads a Postgres URL with libpq's sslmode values. A problem names what is wrong and quotes no part of the URL. */
export function readDatabaseUrl(text: string, readFile: (path: string) => string): Reading<DatabaseUrl> {
  const trimmed = text.trim();
  if (SEVERAL_HOSTS.test(trimmed)) return problem(ONE_HOST);
  const url = parse(trimmed);
  if (url === undefined) return problem(MALFORMED);
  const fault = faultOf(url, trimmed, readFile);
  if (fault !== undefined) return problem(fault);
  return {
    value: { url: withLibpqModes(trimmed, url), secrets: passwordsOf(trimmed), warnings: warningsOf(url) },
  };
}

/** The passwords of a Postgres URL, as written and decoded; the URL need not be well-formed. */
export function passwordsOf(text: string): string[] {
  // Up to the first and up to the last `@`, since the password may hold one that should have been encoded.
  const userInfo = [/^\s*[a-z]*:\/\/[^@:]*:([^@]*)@/is, /^\s*[a-z]*:\/\/[^@:]*:(.*)@/is];
  const query = [...text.matchAll(/[?&](?:password|sslpassword)=([^&#\s]*)/g)];
  const raw = [...userInfo.map((pattern) => pattern.exec(text)), ...query].map((match) => match?.[1] ?? "");
  return raw.filter((secret) => secret !== "").flatMap((secret) => [secret, decoded(secret) ?? secret]);
}

type Fault = { readonly found: string; readonly expected: string };

const EXPECTED = "postgres://user:password@host:5432/database";
const MALFORMED = {
  found: "something that is not a URL (hidden)",
  expected: `${EXPECTED}, special characters of the password percent-encoded (@ is %40, # is %23, / is %2F)`,
};

/** A comma in the authority, with each host's port or without, but not in the user info before the last `@`. */
const SEVERAL_HOSTS = /^[a-z]+:\/\/([^/?#]*@)?[^/?#@]*,[^@]*$/i;
const ONE_HOST = {
  found: "several hosts",
  expected: "one host, such as a name or a proxy that leads to the current primary",
};

/** Allows a missing host, as `pg` does: it is then in the query, or a local socket is used. */
function parse(text: string): URL | undefined {
  if (/\s/.test(text)) return undefined;
  return URL.parse(text) ?? URL.parse(text.replace("@/", "@localhost/")) ?? undefined;
}

function faultOf(url: URL, text: string, readFile: (path: string) => string): Fault | undefined {
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") {
    return { found: "a URL of another kind (hidden)", expected: EXPECTED };
  }
  // An unencoded `#`, `/` or `?` in a password ends the authority early, and leaves the `@` behind it.
  const isCut = url.hash !== "" || `${url.pathname}${url.search}`.includes("@");
  if (isCut || decoded(text) === undefined) return MALFORMED;
  if (url.searchParams.get("host")?.includes(",") === true) return ONE_HOST;
  return modeFault(url.searchParams) ?? fileFault(url.searchParams, readFile);
}

function modeFault(query: URLSearchParams): Fault | undefined {
  const mode = query.get("sslmode");
  if (mode !== null && !SSL_MODES.includes(mode)) {
    return { found: "an unknown sslmode", expected: `one of sslmode=${SSL_MODES.join(", ")}` };
  }
  if (mode === "verify-ca" && query.get("sslrootcert") === null) {
    const expected = "sslrootcert=/path/of/ca.pem with it, or sslmode=verify-full";
    return { found: "sslmode=verify-ca without sslrootcert", expected };
  }
  return undefined;
}

function fileFault(query: URLSearchParams, readFile: (path: string) => string): Fault | undefined {
  for (const parameter of CERTIFICATE_FILES) {
    const path = query.get(parameter);
    if (path === null) continue;
    if (path === "system") {
      const expected = "no sslrootcert: sslmode=verify-full takes the system's certificates without it";
      return { found: `${parameter}=system`, expected };
    }
    try {
      readFile(path);
    } catch (error) {
      const found = `${parameter}: ${whyUnreadable(error)}`;
      return { found, expected: "the path of a file that this account may read" };
    }
  }
  return undefined;
}

/**
 * pg 8 treats prefer, require and verify-ca as verify-full, which refuses the self-signed certificates that
 * sslmode=require is meant for, and warns that pg 9 will follow libpq; `uselibpqcompat` makes it follow libpq now.
 * Sources: pg-connection-string 2.14 index.js, https://www.postgresql.org/docs/current/libpq-ssl.html
 */
function withLibpqModes(text: string, url: URL): string {
  const mode = url.searchParams.get("sslmode");
  const isAmbiguous = mode === "prefer" || mode === "require" || mode === "verify-ca";
  if (!isAmbiguous || url.searchParams.has("uselibpqcompat")) return text;
  return `${text}&uselibpqcompat=true`;
}

function warningsOf(url: URL): string[] {
  if (url.searchParams.get("sslmode") !== "prefer") return [];
  // Source: pg 8 lib/connection.js, which fails when the server answers an SSLRequest with 'N'.
  return [
    "DATABASE_URL: sslmode=prefer never falls back to a connection without TLS here; use require or disable",
  ];
}

function problem(fault: Fault): Reading<DatabaseUrl> {
  return { problem: { variable: "DATABASE_URL", ...fault } };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
