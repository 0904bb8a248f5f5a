/** Reads the views by Evidence's own connector; a line for each finding. Arguments: the folder of the project, writes to try. */
const { createRequire } = require("node:module");

const [project, ...writes] = process.argv.slice(2);
const connector = createRequire(`${project}/package.json`)("@evidence-dev/postgres");
const { PGUSER: user, PGPASSWORD: password, PGHOST: host, PGPORT: port, PGDATABASE: database } = process.env;

const tell = (...fields) => console.log(fields.join("\t"));

async function ask(statement) {
  const run = await connector.getRunner({ user, password, host, port, database });
  const { rows } = await run(statement, "question.sql", 1000);
  const found = [];
  for await (const batch of rows()) found.push(...batch);
  return found;
}

async function find() {
  const views =
    "select relname as name, obj_description(oid) as comment from pg_class where relnamespace = 'apify_bi'::regnamespace and relkind = 'v'";
  for (const { name, comment } of await ask(views)) tell("view", name, comment);
  const big =
    "select dataset_id, created_at, item_count, actor_id, is_live from apify_bi.datasets where dataset_id = 'big'";
  for (const row of await ask(big))
    tell("row", row.dataset_id, row.created_at.getTime(), row.item_count, row.actor_id, row.is_live);
  for (const write of writes) {
    // As the connector counts the rows of every query first, a write needs no more than this to be refused.
    await ask(write).then(
      () => tell("done", write),
      (error) => tell("refused", write, error.message ?? error),
    );
  }
  // The connector leaves its connection open after an error.
  process.exit(0);
}

void find();
