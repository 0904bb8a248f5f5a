import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Client } from "pg";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The server of this test run, with the name of its migrated template. */
    postgres: { url: string; template: string };
  }
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A database of the test's own, migrated unless `template` is false; gone, with its connections, when disposed. */
export async function createTestDatabase(options: { template?: boolean } = {}): Promise<TestDatabase> {
  const { url, template } = inject("postgres");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await createDatabase(url, name, options.template === false ? "template1" : template);
  return { url: databaseUrl(url, name), [Symbol.asyncDispose]: () => dropDatabase(url, name) };
}

/** Makes the template once for a run; connections to it are then refused, since one would hinder cloning. */
export async function createTemplate(url: string, prepare: (url: string) => Promise<void>): Promise<string> {
  const name = `template_${randomUUID().replaceAll("-", "")}`;
  await createDatabase(url, name, "template1");
  await prepare(databaseUrl(url, name));
  await execute(url, `alter database ${name} with allow_connections false`);
  return name;
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `drop database if exists ${name} with (force)`);
}

const CLONE_TRIES_MAX = 20;

async function createDatabase(url: string, name: string, template: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await execute(url, `create database ${name} template ${template}`);
    } catch (error) {
      // 55006, object_in_use: autovacuum or another worker's clone is at the template right now.
      const isBusy = error instanceof Error && "code" in error && error.code === "55006";
      if (!isBusy || tries === CLONE_TRIES_MAX) throw error;
      await sleep(100);
    }
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = name;
  return changed.href;
}
