import type { FastifyReply, FastifyRequest } from "fastify";

import { LIMIT_MAX } from "../apify/contract.ts";
import type { Query, User } from "../apify/contract.ts";
import { Refusal, refuse } from "../apify/server.ts";
import type { Listing, ServedAccount } from "../apify/server.ts";
import { OperatorError } from "../core/errors.ts";
import { inDatabase } from "../mirror/database.ts";
import type { Db } from "../mirror/database.ts";
import { readAccountState } from "./account-state.ts";
import type { AccountState } from "./account-state.ts";
import { filterOf } from "./filter-of.ts";
import { readFirstSight } from "./first-sight.ts";
import { entityTag, isKnown, mirrorHeaders } from "./headers.ts";
import { LiveList } from "./live-list.ts";
import { parseMoment } from "./moment.ts";
import { Queue } from "./queue.ts";
import { readDataset } from "./read-dataset.ts";
import { EVERYTHING } from "./rows.ts";
import { StandingLists } from "./standing-lists.ts";

export interface MirroredAccountOptions {
  readonly db: Db;
  readonly source: string;
  /** Since the last run that succeeded; an older list is not served. Null: however old it is. */
  readonly maxAgeMs: number | null;
  /** Is told how each request ended: with what an operator can do something about, or without. */
  readonly failures: { failed(error: OperatorError): void; recovered(): void };
}

/** Requests that may wait until an index was read. */
const WAITING_MAX = 200;
const RETRY_AFTER_S = 5;

/** Answers for an account from the mirror's tables: as they are, or below `/at/<time>` as they were. */
export class MirroredAccount implements ServedAccount {
  readonly #options: MirroredAccountOptions;
  readonly #live: LiveList;
  readonly #standing: StandingLists;

  constructor(options: MirroredAccountOptions) {
    const { db, source } = options;
    this.#options = options;
    this.#live = new LiveList(db, source, new Queue(WAITING_MAX, tooBusy));
    this.#standing = new StandingLists(db, source, new Queue(WAITING_MAX, tooBusy));
  }

  async list(query: Query, request: FastifyRequest, reply: FastifyReply): Promise<Listing | null> {
    return this.#answer(async () => {
      const { state, asOf } = await this.#begin(request);
      const { offset = 0, limit = 0, desc = false, unnamed = false } = query;
      const wanted = {
        filter: filterOf(query, state),
        offset,
        limit: limit === 0 ? LIMIT_MAX : Math.min(limit, LIMIT_MAX),
        desc,
      };
      if (isKnown(request, entityTag(state, asOf, wanted))) {
        void reply.headers(mirrorHeaders(state, asOf, wanted));
        return null;
      }
      const page = asOf === null ? await this.#live.page(wanted) : await this.#standing.page(asOf, wanted);
      if (page === null || page.state === null) throw neverMirrored();
      void reply.headers(mirrorHeaders(page.state, asOf, wanted));
      const { total, count, items } = page;
      return { total, offset, limit: wanted.limit, desc, unnamed, count, items };
    });
  }

  async get(id: string, request: FastifyRequest, reply: FastifyReply): Promise<string | null> {
    return this.#answer(async () => {
      const { state, asOf } = await this.#begin(request);
      void reply.headers(mirrorHeaders(state, asOf, null));
      const { db, source } = this.#options;
      const view = { source, filter: EVERYTHING, asOf };
      return inDatabase("read a dataset", () => readDataset(db, view, id));
    });
  }

  async owner(): Promise<User | null> {
    return this.#answer(async () => {
      const state = await this.#state();
      const { ownerId: id, ownerName: username } = state;
      return id === null || username === null ? null : { id, username };
    });
  }

  /** What is known before the list is read: the state of the account, and as of when it is asked for. */
  async #begin(request: FastifyRequest): Promise<{ state: AccountState; asOf: string | null }> {
    const at: unknown = Object(request.params).at;
    const asOf = typeof at === "string" ? parseMoment(at) : null;
    const state = await this.#state();
    if (asOf === null) this.#refuseStale(state);
    else await this.#refuseUnseen(asOf, state);
    return { state, asOf };
  }

  async #state(): Promise<AccountState> {
    const { db, source } = this.#options;
    const state = await inDatabase("read the state of the account", () => readAccountState(db, source));
    if (state === null) throw neverMirrored();
    return state;
  }

  #refuseStale({ ageMs }: AccountState): void {
    const { maxAgeMs } = this.#options;
    if (maxAgeMs === null || (ageMs !== null && ageMs <= maxAgeMs)) return;
    const age = ageMs === null ? "No run has succeeded yet" : `The last run succeeded ${seconds(ageMs)} ago`;
    throw unavailable("mirror-stale", `${age}, the mirror answers up to ${seconds(maxAgeMs)} after one.`);
  }

  async #refuseUnseen(asOf: string, { settledAt }: AccountState): Promise<void> {
    if (settledAt === null || asOf > settledAt) {
      throw refuse(
        400,
        `at: the mirror knows the list up to ${settledAt ?? "no time at all"}, not yet at ${asOf}.`,
      );
    }
    const first = await this.#firstSight();
    if (first === null || asOf < first) {
      throw refuse(
        400,
        `at: the mirror first saw the account at ${first ?? "no time at all"}, after ${asOf}.`,
      );
    }
  }

  /** It does not change once there is one. */
  #firstSeen: string | null = null;

  async #firstSight(): Promise<string | null> {
    this.#firstSeen ??= await readFirstSight(this.#options.db, this.#options.source);
    return this.#firstSeen;
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    const { failures } = this.#options;
    try {
      const answer = await work();
      failures.recovered();
      return answer;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      failures.failed(error);
      throw unavailable("mirror-unavailable", "The mirror's database cannot be read now.");
    }
  }
}

function neverMirrored(): Refusal {
  return unavailable("mirror-stale", "The account has not been mirrored yet.");
}

function tooBusy(): Refusal {
  return unavailable("mirror-busy", "Too many requests wait for the mirror.");
}

function unavailable(type: string, message: string): Refusal {
  return new Refusal(503, type, message, { "retry-after": String(RETRY_AFTER_S) });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
