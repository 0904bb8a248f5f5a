import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import {
  asGrafanaWould,
  readAlerts,
  readDashboard,
  readDeployed,
  readMonitoring,
} from "../support/deploy.ts";
import { isPromtoolMissing, promtool } from "../support/promtool.ts";
import { query } from "../support/query.ts";
import { startTestService } from "../support/service.ts";
import type { TestService } from "../support/service.ts";

const ROOT = join(import.meta.dirname, "../..");
const { promql, sql, kinds, unknown } = readDashboard();
const alerts = readAlerts();

describe("with a service that runs", () => {
  let service: TestService;
  let metrics = "";

  beforeAll(async () => {
    service = await startTestService({ datasets: 300, seed: 5 });
    await vi.waitFor(async () => expect((await service.get("/readyz")).status).toBe(200), {
      timeout: 20_000,
    });
    metrics = await (await service.get("/metrics")).text();
  });

  afterAll(() => service[Symbol.asyncDispose]());

  test("every metric that the alerts and the dashboard ask for is exported", () => {
    const exported = new Set(namesIn(metrics));
    const asked = [...alerts.map(({ expr }) => expr), ...promql.map(({ text }) => text)].flatMap(
      (expr) => expr.match(/\b(?:dataset_mirror|process|nodejs)_\w+/g) ?? [],
    );
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((name) => !exported.has(name))).toEqual([]);
  });

  test.skipIf(isPromtoolMissing)("promtool finds no fault with the metrics (needs promtool)", () => {
    expect(promtool(["check", "metrics"], metrics)).toEqual({ code: 0, output: "" });
  });

  test.each(sql)("the dashboard's SQL of '$panel' shows something", async ({ text, isSeries }) => {
    const rows = await query(service.databaseUrl, asGrafanaWould(text));
    expect(rows.length).toBeGreaterThan(0);
    if (isSeries) expect(rows.every(({ time }) => time instanceof Date)).toBe(true);
  });
});

test("the dashboard asks only data sources that it lets people choose", () => {
  expect(unknown).toEqual([]);
  expect(promql.length).toBeGreaterThan(20);
  expect(sql.length).toBeGreaterThan(5);
});

test("compose.monitoring.yaml mounts files that are there, and gives Grafana what the dashboard asks", () => {
  const monitoring = readMonitoring();
  expect(monitoring.files.length).toBeGreaterThan(2);
  expect(monitoring.files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(monitoring.kinds).toEqual(kinds);
});

test("every alert is made to fire by the tests of the rules, and explained in deploy/README.md", () => {
  const fired = new Set(
    [...readDeployed("prometheus/alerts.test.yaml").matchAll(/alertname="(\w+)"/g)].map(([, name]) => name),
  );
  expect(alerts.length).toBeGreaterThan(8);
  const explained = [...readDeployed("README.md").matchAll(/^\| `(DatasetMirror\w+)` \|/gm)].map(
    ([, name]) => name,
  );
  expect(explained).toEqual(alerts.map(({ alert }) => alert));
  expect(alerts.map(({ alert }) => alert).filter((name) => !fired.has(name))).toEqual([]);
});

describe.skipIf(isPromtoolMissing)("promtool (skipped where there is none)", () => {
  test("takes the configuration with the alert rules, and they fire when they should and no sooner", () => {
    expect(promtool(["check", "config", "prometheus.yml"])).toMatchObject({ code: 0 });
    const { code, output } = promtool(["test", "rules", "alerts.test.yaml"]);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("SUCCESS") });
  });

  test("takes every PromQL of the dashboard", () => {
    const rules = promql.map(({ text }, index) => ({
      record: `panel_${index}`,
      expr: asPrometheusWould(text),
    }));
    const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
    try {
      // YAML reads JSON.
      writeFileSync(join(folder, "rules.yaml"), JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
      expect(promtool(["check", "rules", join(folder, "rules.yaml")])).toMatchObject({ code: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Names of series, also of those that have no sample yet. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = "", type]) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

function asPrometheusWould(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll("$source", "default");
}
