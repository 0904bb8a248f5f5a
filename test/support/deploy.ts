/** What the files of deploy/ ask of the program. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

const DAY_MS = 86_400_000;
const FOLDER = join(import.meta.dirname, "../../deploy");

export const readDeployed = (path: string) => readFileSync(join(FOLDER, path), "utf8");

const alerts = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
});

export function readAlerts() {
  return alerts.parse(parse(readDeployed("prometheus/alerts.yaml"))).groups.flatMap(({ rules }) => rules);
}

const monitoring = z.object({
  services: z.record(z.string(), z.object({ volumes: z.array(z.string()) })),
});
const provisioned = z.object({ datasources: z.array(z.object({ type: z.string() })) });

/** What compose.monitoring.yaml adds: the files it mounts, and the kinds of data source it gives Grafana. */
export function readMonitoring() {
  const { services } = monitoring.parse(parse(readDeployed("compose.monitoring.yaml")));
  const { datasources } = provisioned.parse(
    parse(readDeployed("grafana/provisioning/datasources/mirror.yaml")),
  );
  const mounts = Object.values(services).flatMap(({ volumes }) =>
    volumes.map((each) => each.split(":")[0] ?? ""),
  );
  return {
    files: mounts.filter((path) => path.startsWith("./")),
    kinds: new Set(datasources.map(({ type }) => type)),
  };
}

const datasource = z.object({ type: z.string(), uid: z.string() });
const target = z.object({
  datasource,
  expr: z.string().optional(),
  rawSql: z.string().optional(),
  format: z.string().optional(),
});
const dashboard = z.object({
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), query: z.string() })),
  }),
  panels: z.array(
    z.object({
      title: z.string(),
      datasource: datasource.optional(),
      targets: z.array(target).default([]),
    }),
  ),
});

export interface Query {
  readonly panel: string;
  readonly text: string;
  /** Of SQL: whether a chart over time is made of it. */
  readonly isSeries: boolean;
}

/** The dashboard's queries, by the data source that answers them. */
export function readDashboard() {
  const { templating, panels } = dashboard.parse(JSON.parse(readDeployed("grafana/dashboard.json")));
  const of = (key: "expr" | "rawSql"): Query[] =>
    panels.flatMap(({ title: panel, targets }) =>
      targets.flatMap(({ [key]: text, format }) =>
        text === undefined ? [] : [{ panel, text, isSeries: format === "time_series" }],
      ),
    );
  const variables = templating.list.filter(({ type }) => type === "query");
  const sources = new Map(templating.list.map(({ name, type, query }) => [`\${${name}}`, { type, query }]));
  const used = panels.flatMap(({ targets }) => targets.map((each) => each.datasource));
  return {
    promql: of("expr"),
    sql: [
      ...of("rawSql"),
      ...variables.map(({ name, query }) => ({ panel: name, text: query, isSeries: false })),
    ],
    kinds: new Set(used.map(({ type }) => type)),
    /** Data sources that no variable of the dashboard offers. */
    unknown: used.filter(({ type, uid }) => sources.get(uid)?.query !== type),
  };
}

/** The macros and variables that the dashboard uses, for the last 30 days; another one would be a syntax error. */
export function asGrafanaWould(text: string): string {
  const [from, to] = [Date.now() - 30 * DAY_MS, Date.now()].map((ms) => new Date(ms).toISOString());
  return text
    .replaceAll("${source:sqlstring}", "'default'")
    .replaceAll(/\$__timeFilter\((\w+)\)/g, `$1 BETWEEN '${from}' AND '${to}'`);
}
