import type { TestProject } from "vitest/node";

import { openDatabase } from "../../src/mirror/database.ts";
import { migrate } from "../../src/mirror/migrate.ts";
import { startTestServer } from "./postgres-server.ts";
import { createTemplate, dropDatabase } from "./postgres.ts";

/** One Postgres for the whole run; every test clones its own database from a template migrated here. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using stack = new AsyncDisposableStack();
  const { url, description } = stack.use(await startTestServer(process.env));
  console.log(`Postgres for the tests: ${description}`);
  const template = await createTemplate(url, async (templateUrl) => {
    await using database = openDatabase(templateUrl);
    await migrate(database.db);
  });
  stack.defer(() => dropDatabase(url, template));
  project.provide("postgres", { url, template });
  const owned = stack.move();
  return () => owned.disposeAsync();
}
