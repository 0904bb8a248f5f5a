import { messageOf } from "../core/errors.ts";
import { quotable } from "../core/text.ts";
import { envelopeSchema } from "./contract.ts";
import { BadAnswerError, BodyTooLargeError } from "./errors.ts";
import type { Answer } from "./exchange.ts";
import { validateItem, type ListedDataset, type RejectedItem } from "./item.ts";

/** An answer, and when it was asked for and given. */
export interface DatedAnswer extends Answer {
  readonly requestNumber: number;
  readonly serverTimeMs: number;
}

/** One answer of the list, judged item by item. */
export interface FetchedPage {
  /** As asked for. */
  readonly offset: number;
  readonly echoedOffset: number;
  /** As the server tells it. */
  readonly limit: number;
  readonly total: number;
  readonly count: number;
  /** When it was answered by the server's clock, by ours if that is not told or more than a day off; milliseconds since the epoch. */
  readonly serverTimeMs: number;
  /** Number of the request among all that the client has sent, from 1: what was asked for later has a larger one. */
  readonly requestNumber: number;
  /** In the order of the list. */
  readonly items: ReadonlyArray<ListedDataset | RejectedItem>;
  /** Length of the body, decompressed. */
  readonly bytes: number;
}

/** More items than a page can have, whatever maximum the API will choose. */
export const ITEMS_MAX = 100_000;

/** The page in an answer; throws BadAnswerError if there is none in it. */
export function readPage(answer: DatedAnswer, offset: number, token: string): FetchedPage {
  const text = answer.body.toString("utf8");
  const data = readEnvelope(text, answer, token);
  if (data.items.length > ITEMS_MAX) {
    throw new BodyTooLargeError(`${data.items.length} items`, `${ITEMS_MAX} items`);
  }
  const closely = hasOddEscapes(text);
  return {
    offset,
    echoedOffset: data.offset,
    limit: data.limit,
    total: data.total,
    count: data.count,
    serverTimeMs: answer.serverTimeMs,
    requestNumber: answer.requestNumber,
    items: data.items.map((item) => validateItem(item, closely)),
    bytes: answer.body.byteLength,
  };
}

function readEnvelope(text: string, answer: Answer, token: string) {
  const envelope = envelopeSchema.safeParse(readJson(text, answer, token));
  if (envelope.success) return envelope.data.data;
  const { path = [], message = "" } = envelope.error.issues[0] ?? {};
  throw new BadAnswerError(`${path.join(".") || "the answer"}: ${quotable(message, token)}`);
}

function readJson(text: string, { status, headers }: Answer, token: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes the text as it came, so its error is shown cleaned and not kept as a cause.
    const what = /^\s*</.test(text) ? "an HTML page" : `no JSON (${quotable(messageOf(error), token, 80)})`;
    const type = quotable(headers.get("content-type") ?? "", token, 80) || "unknown";
    throw new BadAnswerError(`it is ${what}, status ${status}, content type ${type}`);
  }
}

/** NUL and lone surrogates can be spelled in JSON by these escapes only, so nearly no page is looked at closely. */
function hasOddEscapes(text: string): boolean {
  return text.includes("\\u") && /\\u(?:0000|d[89a-f])/i.test(text);
}
