/** Each of the drivers that BI tools stand on, as the role that `grant` makes; `.ci/install-bi` installs them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { BI_VIEWS, BIG, createReader, run } from "../reader.ts";
import type { Reader } from "../reader.ts";
import { WRITES, expectSound, findingsOf } from "./findings.ts";
import { areInstalled } from "./installed.ts";

const HERE = import.meta.dirname;
const DRIVER = "/usr/share/java/postgresql.jar";
const HAS_JDBC = areInstalled(["javac"], [DRIVER]);
const HAS_PSYCOPG = areInstalled([], ["/usr/lib/python3/dist-packages/psycopg2"]);
const HAS_R = areInstalled(["Rscript"], ["/usr/lib/R/site-library/RPostgreSQL"]);
const HAS_ODBC = areInstalled(["isql"], ["/usr/share/psqlodbc"]);
let reader: Reader;
let created: string;
beforeAll(async () => {
  reader = await createReader();
  created = String(reader.account.history.at(200).getTime());
});
afterAll(() => reader[Symbol.asyncDispose]());

test.skipIf(!HAS_JDBC)("JDBC", async () => {
  const { host, port, database, role, password } = reader;
  const url = `jdbc:postgresql://${host}:${port}/${database}`;
  const driver = ["-cp", DRIVER];
  const found = findingsOf(
    await run("java", [...driver, join(HERE, "Jdbc.java"), url, role, password, WRITES.join(";")]),
  );
  expectSound(
    { ...found, done: found.done.filter(([statement]) => !statement?.startsWith("set ")) },
    created,
  );
  expect(found.columns.length).toBeGreaterThan(25);
  expect(found.columns.filter(([, comment]) => (comment?.length ?? 0) < 5)).toEqual([]);
});

test.skipIf(!HAS_PSYCOPG)("psycopg2", async () => {
  // Debian's package belongs to Debian's Python, whichever is first on the PATH.
  expectSound(
    findingsOf(await run("/usr/bin/python3", [join(HERE, "psycopg.py"), ...WRITES], reader)),
    created,
  );
});

test.skipIf(!HAS_R)("R", async () => {
  expectSound(findingsOf(await run("Rscript", [join(HERE, "rpostgresql.R"), ...WRITES], reader)), created);
});

test.skipIf(!HAS_ODBC)("ODBC", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dataset-mirror-odbc-"));
  try {
    const { host, port, database } = reader;
    const source = [
      "[mirror]",
      "Driver=PostgreSQL Unicode",
      `Servername=${host}`,
      `Port=${port}`,
      `Database=${database}`,
      "ReadOnly=0",
    ];
    await writeFile(join(folder, "odbc.ini"), `${source.join("\n")}\n`);
    const isql = (statement: string) => isqlOf(folder, statement);
    const views = (await isql("help")).split("\n").map((line) => line.split("|"));
    const found = views.filter(([, schema]) => schema === "apify_bi").map(([, , name]) => name);
    expect(new Set(found)).toEqual(new Set(BI_VIEWS));
    const utc =
      "select dataset_id, extract(epoch from created_at) * 1000, item_count, actor_id, is_live, created_at at time zone 'UTC'";
    const [row = ""] = (await isql(`${utc} from apify_bi.datasets where dataset_id = 'big'`))
      .trim()
      .split("\n");
    const [id, , items, actor, , time = ""] = row.split("|");
    expect([id, items, actor]).toEqual(["big", BIG, ""]);
    expect(Date.parse(`${time.replace(" ", "T")}Z`)).toBeCloseTo(Number(created), -3);
    for (const write of WRITES) {
      expect(await isql(`begin read write; ${write}`), write).toMatch(/^\[42501\]ERROR: permission denied/);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function isqlOf(folder: string, statement: string): Promise<string> {
  const { role, password } = reader;
  const file = join(folder, "statement.sql");
  await writeFile(file, `${statement}\n`);
  return run("sh", ["-c", `isql mirror "$0" "$1" -b -v -d'|' < "$2"`, role, password, file], {
    env: { ODBCINI: join(folder, "odbc.ini") },
  });
}
