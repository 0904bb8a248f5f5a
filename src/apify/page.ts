import { messageOf } from "../core/errors.ts";
import { holdsMoreValues } from "../core/json.ts";
import { quotable } from "../core/text.ts";
import { envelopeSchema } from "./contract.ts";
import { BadAnswerError, BodyTooLargeError } from "./errors.ts";
import type { HttpResponse } from "./http.ts";
import { validateItem, type ListedDataset, type RejectedItem } from "./item.ts";

/** What the server sent: one page of the list, validated item by item. */
export interface PageContent {
  readonly echoedOffset: number;
  /** As the server states it. */
  readonly limit: number;
  readonly total: number;
  readonly count: number;
  /** In the order of the list. */
  readonly items: ReadonlyArray<ListedDataset | RejectedItem>;
}

/** More items than a page can have, whatever maximum the API will choose. */
export const ITEMS_MAX = 100_000;
/** Keys and values in a page; one of 1000 datasets has about 50 000. */
export const VALUES_MAX = 1_000_000;
/** Bytes. A shorter page is not counted, since it cannot hold enough values to matter. */
const UNCOUNTED_MAX = 1024 * 1024;

/** Reads the page in a response; throws BadAnswerError or BodyTooLargeError if there is none in it. */
export function readPage(response: HttpResponse, token: string): PageContent {
  const { body } = response;
  if (body.byteLength > UNCOUNTED_MAX && holdsMoreValues(body, VALUES_MAX)) {
    throw new BodyTooLargeError(`more than ${VALUES_MAX} values`, `${VALUES_MAX} values`);
  }
  const text = body.toString("utf8");
  const data = readEnvelope(text, response, token);
  if (data.items.length > ITEMS_MAX) {
    throw new BodyTooLargeError(`${data.items.length} items`, `${ITEMS_MAX} items`);
  }
  const checkStrings = hasUnstorableEscapes(text);
  return {
    echoedOffset: data.offset,
    limit: data.limit,
    total: data.total,
    count: data.count,
    items: data.items.map((item) => validateItem(item, checkStrings)),
  };
}

function readEnvelope(text: string, response: HttpResponse, token: string) {
  const envelope = envelopeSchema.safeParse(readJson(text, response, token));
  if (envelope.success) return envelope.data.data;
  const { path = [], message = "" } = envelope.error.issues[0] ?? {};
  throw new BadAnswerError(`${path.join(".") || "the answer"}: ${quotable(message, token)}`);
}

function readJson(text: string, { status, headers }: HttpResponse, token: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes the text as it came, so its error is shown cleaned and not kept as a cause.
    const what = /^\s*</.test(text) ? "an HTML page" : `no JSON (${quotable(messageOf(error), token, 80)})`;
    const type = quotable(headers.get("content-type") ?? "", token, 80) || "unknown";
    throw new BadAnswerError(`it is ${what}, status ${status}, content type ${type}`);
  }
}

/** JSON can spell NUL and lone surrogates by these escapes only, so the strings of nearly no page need checking. */
function hasUnstorableEscapes(text: string): boolean {
  return text.includes("\\u") && /\\u(?:0000|d[89a-f])/i.test(text);
}
