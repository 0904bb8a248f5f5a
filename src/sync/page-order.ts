import type { Row } from "../mirror/row.ts";

/** A page that was asked for and may still be accepted. */
export interface PageTicket {
  /** Requests that had been sent before: its own number is larger. */
  readonly sentBefore: number;
}

interface NewerPage {
  readonly requestNumber: number;
  readonly ids: ReadonlySet<string>;
}

/**
 * Keeps what the latest request has told. Pages overlap, are retried, and wait for their turn while another run reads
 * the same rows: a page that was asked for earlier must not write over a row from one asked for later. Nearly always
 * pages are accepted in the order of their requests, and nothing is remembered.
 */
export class PageOrder {
  readonly #outstanding = new Set<PageTicket>();
  #newer: NewerPage[] = [];

  expect(sentBefore: number): PageTicket {
    const ticket = { sentBefore };
    this.#outstanding.add(ticket);
    return ticket;
  }

  /** The page will not be accepted. */
  forget(ticket: PageTicket): void {
    this.#outstanding.delete(ticket);
    const oldest = Math.min(...[...this.#outstanding].map(({ sentBefore }) => sentBefore), Infinity);
    this.#newer = this.#newer.filter(({ requestNumber }) => requestNumber > oldest + 1);
  }

  /** The page is accepted: which of its rows are the latest, and which ids later requests have shown. */
  accept(
    ticket: PageTicket,
    requestNumber: number,
    rows: readonly Row[],
  ): { readonly rows: readonly Row[]; readonly newerIds: readonly string[] } {
    const newer = this.#newer.filter((page) => page.requestNumber > requestNumber);
    this.forget(ticket);
    if ([...this.#outstanding].some(({ sentBefore }) => sentBefore + 1 < requestNumber)) {
      this.#newer.push({ requestNumber, ids: new Set(rows.map(({ id }) => id)) });
    }
    if (newer.length === 0) return { rows, newerIds: [] };
    return {
      rows: rows.filter(({ id }) => !newer.some(({ ids }) => ids.has(id))),
      newerIds: newer.flatMap(({ ids }) => [...ids]),
    };
  }
}
