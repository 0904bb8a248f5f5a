import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

import { toConfig } from "../../src/config.ts";
import { VARIABLE_NAMES } from "../../src/config/variables.ts";
import { VERSION } from "../../src/version.ts";
import { readDeployed } from "../support/deploy.ts";

const UNIT = join(import.meta.dirname, "../../deploy/systemd/apify-dataset-mirror.service");
/** In CI it must be there: a skipped test would look like a passed one. */
const isAnalyzerMissing =
  process.env["CI"] === undefined && spawnSync("systemd-analyze", ["--version"]).error !== undefined;

describe("the Kubernetes manifest", () => {
  const named = z.object({
    kind: z.string(),
    metadata: z.object({ name: z.literal("apify-dataset-mirror") }),
  });
  const documents = parseAllDocuments(readDeployed("kubernetes/mirror.yaml"), { version: "1.1" }).map(
    (each) => {
      expect(each.errors).toEqual([]);
      return named.loose().parse(each.toJS());
    },
  );
  const [settings, deployment, service] = documents;

  test("holds a ConfigMap, a Deployment and its Service, and no secret", () => {
    expect(documents.map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment", "Service"]);
    expect(service).toMatchObject({
      spec: { selector: labelsOf(deployment), publishNotReadyAddresses: true },
    });
  });

  test("configures the program with variables that it knows and values that it takes", () => {
    const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(settings);
    const { env } = containerOf(deployment);
    const given = env.map(({ name, value = "postgres://user@database/mirror" }) => [name, value]);
    const all: Record<string, string> = { ...data, ...Object.fromEntries(given) };
    expect(all).toMatchObject({ APIFY_TOKEN_FILE: expect.anything(), DATABASE_URL: expect.anything() });
    expectConfiguration(all);
  });

  test("runs the image of this version as a user without rights, and asks it how it is", () => {
    expect(deployment).toMatchObject({
      spec: {
        strategy: { type: "Recreate" },
        template: { spec: { securityContext: { runAsNonRoot: true, runAsUser: 1000 } } },
      },
    });
    expect(containerOf(deployment)).toMatchObject({
      image: `apify-dataset-mirror:${VERSION}`,
      livenessProbe: { httpGet: { path: "/healthz", port: "http" } },
      readinessProbe: { httpGet: { path: "/readyz", port: "http" } },
      ports: [{ name: "http", containerPort: 8080 }],
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
  });
});

describe("the systemd unit", () => {
  test("configures the program with variables that it knows; the embedded database lies in its folder", () => {
    const env = Object.fromEntries(
      values("Environment").map((each) =>
        each.replace("%d", "/run/credentials").replace("%S", "/var/lib").split("="),
      ),
    );
    const { XDG_DATA_HOME: base = "", ...ours } = env;
    expect(Object.keys(ours)).toEqual(["APIFY_TOKEN_FILE"]);
    const { database } = expectConfiguration(ours, { XDG_DATA_HOME: base });
    expect(database).toMatchObject({ dataDir: `/var/lib/${values("StateDirectory").join()}` });
  });

  test.skipIf(isAnalyzerMissing)("is a unit, and a well guarded one (needs systemd-analyze)", () => {
    const { status, stdout, stderr } = analyze("verify");
    expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
    const { stdout: report } = analyze("security", "--offline=true", "--no-pager");
    expect(Number(/exposure level for .*: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(1.5);
  });
});

/** What the unit gives a key of systemd's, once for each line. */
function values(key: string): string[] {
  const lines = readDeployed("systemd/apify-dataset-mirror.service").matchAll(
    new RegExp(`^${key}=(.*)$`, "gm"),
  );
  return [...lines].map(([, value = ""]) => value);
}

function analyze(...args: string[]) {
  return spawnSync("systemd-analyze", [...args, UNIT], { encoding: "utf8" });
}

/** As the program would read it: it may find fault with nothing. */
function expectConfiguration(env: Record<string, string>, others: Record<string, string> = {}) {
  expect(Object.keys(env).filter((name) => !VARIABLE_NAMES.includes(name))).toEqual([]);
  const readFile = (path: string) => {
    expect(path).toBe(env["APIFY_TOKEN_FILE"]);
    return "apify_api_token\n";
  };
  const host = { readFile, platform: "linux", uid: 1000, homedir: "/", cwd: "/", isTerminal: false } as const;
  const config = toConfig({ ...env, ...others }, { token: true }, host);
  expect(config).toMatchObject({ api: { token: "apify_api_token" }, warnings: [] });
  return config;
}

function labelsOf(document: unknown): unknown {
  const labelled = z.object({ spec: z.object({ template: z.object({ metadata: z.looseObject({}) }) }) });
  return labelled.parse(document).spec.template.metadata["labels"];
}

function containerOf(document: unknown) {
  const env = z.array(z.object({ name: z.string(), value: z.string().optional() }));
  const pod = z.object({ containers: z.tuple([z.looseObject({ env })]) });
  return z.object({ spec: z.object({ template: z.object({ spec: pod }) }) }).parse(document).spec.template
    .spec.containers[0];
}
