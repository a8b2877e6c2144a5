/** Several reads in one call: each answer stands for itself, whatever the whole one says. https://learn.microsoft.com/graph/json-batching */

import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { mapConcurrently } from "../../concurrency.ts";
import type { WardenError } from "../../errors.ts";
import { codeOfStatus } from "../../http/index.ts";
import { anything, numeric } from "../fields.ts";
import type { EntraApi } from "./api.ts";
import { describeVendorError, printable } from "./schema.ts";

/** What Graph takes at most. */
const MAX_ITEMS = 20;
const MAX_CONCURRENT_BATCHES = 4;
const MAX_ROUNDS = 5;
const FIRST_WAIT_MS = 500;
/** Who is told to wait longer is not asked again. */
const MAX_WAIT_MS = 30_000;

/** One read. Its path stands behind the version, with ids that are UUIDs. */
export interface BatchItem {
  readonly url: string;
  /** Its path with placeholders: all that an error says of it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What one read brought. */
export type BatchAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly error: WardenError };

const response = v.object({
  id: v.string(),
  status: v.pipe(numeric, v.integer()),
  headers: v.fallback(v.record(v.string(), v.unknown()), {}),
  body: anything,
});
type Response = v.InferOutput<typeof response>;
const batchAnswer = v.object({ responses: v.array(response) });

/** The answers in the order of the items. Throws where the batch as a whole is refused, or an item is not answered. */
export async function readBatch(
  api: EntraApi,
  version: "v1.0" | "beta",
  items: readonly BatchItem[],
  signal: AbortSignal,
): Promise<BatchAnswer[]> {
  const starts = Array.from({ length: Math.ceil(items.length / MAX_ITEMS) }, (_, index) => index * MAX_ITEMS);
  const parts = await mapConcurrently(starts, MAX_CONCURRENT_BATCHES, (start) =>
    readPart({ api, path: `/${version}/$batch`, signal }, items.slice(start, start + MAX_ITEMS)),
  );
  return parts.flat();
}

interface PartContext {
  readonly api: EntraApi;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** What is throttled, or fails on the vendor's side, is asked again by itself. */
async function readPart(context: PartContext, items: readonly BatchItem[]): Promise<BatchAnswer[]> {
  const answers = new Map<BatchItem, BatchAnswer>();
  let open = items;
  for (let round = 1; open.length > 0; round++) {
    const responses = await sendItems(context, open);
    const again: BatchItem[] = [];
    let waitMs = FIRST_WAIT_MS * 2 ** (round - 1);
    for (const [index, item] of open.entries()) {
      const found = responses.get(String(index));
      if (!found)
        throw context.api.vendorError("ERR_VENDOR_FORMAT", placeOf(item), "left an item of a batch unanswered");
      answers.set(item, answerOf(context.api, item, found));
      if (!isTransient(found)) continue;
      again.push(item);
      waitMs = Math.max(waitMs, retryAfterMs(found));
    }
    if (round >= MAX_ROUNDS || waitMs > MAX_WAIT_MS) break;
    open = again;
    if (open.length > 0) await wait(context, waitMs);
  }
  return items.map((item) => answers.get(item) as BatchAnswer);
}

async function sendItems(
  { api, path, signal }: PartContext,
  items: readonly BatchItem[],
): Promise<Map<string, Response>> {
  const requests = items.map(({ url, headers }, index) => ({
    id: String(index),
    method: "GET",
    url,
    ...(headers && { headers }),
  }));
  const { body } = await api.call({ method: "POST", path, body: { requests }, schema: batchAnswer, signal });
  return new Map(body.responses.map((found) => [found.id, found]));
}

const placeOf = ({ path }: BatchItem) => ({ method: "GET", path });

function answerOf(api: EntraApi, item: BatchItem, { status, body }: Response): BatchAnswer {
  if (status >= 200 && status < 300) return { ok: true, body };
  const { vendorCode = "" } = describeVendorError(body);
  const detail = { ...placeOf(item), status, vendorCode: printable(vendorCode) };
  return { ok: false, error: api.vendorError(codeOfStatus(status), detail) };
}

const isTransient = ({ status }: Response): boolean => status === 429 || status >= 500;

function retryAfterMs({ headers }: Response): number {
  const text = Object.entries(headers).find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

async function wait({ api, path, signal }: PartContext, ms: number): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    throw api.vendorError("ERR_ABORTED", { method: "POST", path });
  }
}
