/** Pages of the simulated PingOne's lists: which one is asked for, and where the next one is. */

import type { ApiCall } from "./call.ts";

export interface Paging {
  /** The index before the page; -1 for the first page. */
  after: number;
  limit: number;
}

/** By the vendor's document; whatever is asked for, a page may be shorter. */
const MAX_LIMIT = 1000;

/** The page that a call asks for; undefined when its limit or cursor makes no sense. */
export function readPaging({ url }: ApiCall, maxLimit: number): Paging | undefined {
  const limit = Number(url.searchParams.get("limit") ?? maxLimit);
  const after = readCursor(url.searchParams.get("cursor"));
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT || after === undefined) return undefined;
  return { after, limit: Math.min(limit, maxLimit) };
}

/** The links of a page. @param after the index of its last row; absent on the last page */
export function pageLinks(url: URL, after: number | undefined): { self: string; next?: string } {
  if (after === undefined) return { self: url.href };
  const next = new URL(url);
  next.searchParams.set("cursor", Buffer.from(`after ${after}`).toString("base64url"));
  return { self: url.href, next: next.href };
}

function readCursor(cursor: string | null): number | undefined {
  if (cursor === null) return -1;
  const digits = /^after (\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  return digits === undefined ? undefined : Number(digits);
}
