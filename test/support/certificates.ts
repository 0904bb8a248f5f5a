import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const openssl = (...args: readonly string[]) => promisify(execFile)("openssl", args);

export interface Certificate extends AsyncDisposable {
  /** Paths of PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for a `subjectAltName`, of an authority that nobody trusts. */
export async function createCertificate(subjectAltName: string): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-certificate-"));
  const [authority, authorityKey] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  const [certificate, key] = [join(folder, "server.pem"), join(folder, "server.key")];
  const create = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  await openssl(...create, "-subj", "/CN=authority", "-keyout", authorityKey, "-out", authority);
  const signed = ["-CA", authority, "-CAkey", authorityKey, "-addext", `subjectAltName=${subjectAltName}`];
  const usual = ["-addext", "basicConstraints=critical,CA:FALSE"];
  await openssl(...create, "-subj", "/CN=server", ...signed, ...usual, "-keyout", key, "-out", certificate);
  return {
    ...{ authority, certificate, key },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
