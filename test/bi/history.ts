import { createTestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

export const SOURCE = "default";
export const OWNER = { id: "owner", name: "the owner" };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a dataset was from a time on. Times are hours before now. */
export interface State {
  readonly from: number;
  /** When it left the list; without it, it stayed until the next state, or is live. */
  readonly gone?: number;
  readonly items?: number | null;
  readonly bytes?: unknown;
  /** Default: 1. */
  readonly reads?: number;
  readonly name?: string | null;
  readonly title?: string;
  readonly access?: string;
}

export interface Life {
  readonly id: string;
  readonly source?: string;
  readonly created: number;
  /** Hours before now; default: when it was created. */
  readonly modified?: number;
  readonly accessed?: number;
  readonly actor?: string;
  readonly run?: string;
  readonly owner?: string;
  /** In order, the last one is the row of `datasets`. */
  readonly states: readonly State[];
}

export interface History extends AsyncDisposable {
  readonly url: string;
  /** `hours` before the moment this history was made at. */
  readonly at: (hours: number) => Date;
  readonly add: (...lives: readonly Life[]) => Promise<void>;
  readonly sql: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<Row[]>;
}

/** A mirror whose past is made up, in the database's own time; one account, whose owner is known. */
export async function createHistory(): Promise<History> {
  const { url, ...database } = await createTestDatabase();
  const [clock] = await query<{ now: Date }>(url, "select now()");
  const now = clock?.now.getTime() ?? Number.NaN;
  const at = (hours: number) => new Date(Math.round(now - hours * HOUR_MS));
  await addAccount(url, SOURCE);
  return {
    url,
    at,
    add: async (...lives) => {
      const { versions, datasets } = rowsOf(lives, at);
      await insert(url, "dataset_versions", versions);
      await insert(url, "datasets", datasets);
    },
    sql: (text, values) => query(url, text, values),
    [Symbol.asyncDispose]: database[Symbol.asyncDispose],
  };
}

export async function addAccount(url: string, source: string): Promise<void> {
  await query(
    url,
    `insert into apify.sources (name, base_url, unnamed, incremental_overlap, owner_id, owner_name)
      values ($1, 'https://api.apify.com/', true, 2, $2, $3)`,
    [source, OWNER.id, OWNER.name],
  );
}

/** The rows of lives: superseded states are versions, the last one is the row of `datasets`. */
function rowsOf(lives: readonly Life[], at: History["at"]) {
  const versions: object[] = [];
  const datasets: object[] = [];
  for (const life of lives) {
    for (const [index, state] of life.states.entries()) {
      const next = life.states[index + 1];
      const gone = state.gone === undefined ? null : at(state.gone);
      const described = columnsOf(life, state, at);
      if (next) versions.push({ ...described, valid_from: at(state.from), valid_to: gone ?? at(next.from) });
      else datasets.push({ ...described, ...ownColumns(life, state, gone, at) });
    }
  }
  return { versions, datasets };
}

function ownColumns({ states }: Life, { from }: State, gone: Date | null, at: History["at"]) {
  return {
    content_hash: "",
    first_seen_at: at(states[0]?.from ?? from),
    changed_at: at(from),
    missing_since: gone,
    removed_at: gone,
    written_at: gone ?? at(from),
  };
}

function columnsOf(life: Life, state: State, at: History["at"]) {
  return {
    source: life.source ?? SOURCE,
    id: life.id,
    name: state.name ?? null,
    title: state.title ?? null,
    user_id: life.owner ?? OWNER.id,
    username: life.owner ?? OWNER.name,
    created_at: at(life.created),
    modified_at: at(life.modified ?? life.created),
    accessed_at: at(life.accessed ?? life.created),
    item_count: state.items === undefined ? 0 : state.items,
    clean_item_count: state.items === undefined ? 0 : state.items,
    act_id: life.actor ?? null,
    act_run_id: life.run ?? null,
    general_access: state.access ?? null,
    stats: state.bytes === undefined ? null : { readCount: state.reads ?? 1, inflatedBytes: state.bytes },
  };
}

/** Days of the calendar (UTC), counted back from today. */
export function calendarOf(history: Pick<History, "at">) {
  const now = history.at(0).getTime();
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  return {
    /** An hour of the day, as hours before now. */
    hoursAgo: (days: number, hour: number) => (now - midnight + days * DAY_MS) / HOUR_MS - hour,
    dayOf: (days: number) => new Date(midnight - days * DAY_MS).toISOString().slice(0, 10),
  };
}

async function insert(url: string, table: string, rows: readonly object[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).join(", ");
  if (columns === "") return;
  await query(
    url,
    `insert into apify.${table} (${columns})
      select ${columns} from jsonb_populate_recordset(null::apify.${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}
