/** What can be taken from an HTTP answer: bytes within a limit, JSON, times, and what is safe to keep of an error. */

import { type Clock, omitUndefined } from "../model/index.ts";
import type { VendorErrorDetail } from "./vendor-error.ts";

/** The body, decompressed; `undefined` if there is more of it. Leaving the loop early cancels the rest. */
export async function readBytes(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** `undefined` for what is no JSON in UTF-8; the value is wrapped, since `null` is JSON too. */
export function parseJson(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** The vendor's clock: the `Date` header; ISO 8601. */
export function dateOf(response: Response): string | undefined {
  const ms = parseDate(response.headers.get("date"));
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** The address of the next page, as a `Link` header names it (RFC 8288). */
export function nextLinkOf(response: Response): string | undefined {
  const links = response.headers.get("link") ?? "";
  return /<([^<>]+)>\s*;(?:[^,<>]*;)?\s*rel="?next"?(?=\s*(?:[;,]|$))/i.exec(links)?.[1];
}

/**
 * Milliseconds to wait: in seconds, as a date (RFC 9110 section 10.2.3), or when a rate limit begins anew. Times are by the vendor's
 * clock, which may not be ours.
 */
export function retryAfterOf(response: Response, clock: Clock): number | undefined {
  const text = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = parseDate(text) ?? rateLimitResetOf(response);
  if (until === undefined) return undefined;
  return Math.max(0, until - (parseDate(response.headers.get("date")) ?? clock()));
}

/** Okta names it in whole seconds since 1970, of a refusal alone: any other answer has it, too. */
function rateLimitResetOf({ status, headers }: Response): number | undefined {
  const text = headers.get("x-rate-limit-reset")?.trim() ?? "";
  return status === 429 && /^\d{1,11}$/.test(text) ? (Number(text) + 1) * 1000 : undefined;
}

/** What a vendor says of its limit on calls like this one. */
export interface RateLimit {
  /** Calls in a window. */
  readonly limit: number;
  readonly remaining: number;
  /** Until the next window. */
  readonly resetMs: number;
}

/** As Okta says it: `X-Rate-Limit-Limit`, `-Remaining`, and `-Reset` in whole seconds since 1970 by its own clock. */
export function rateLimitOf({ headers }: Response, clock: Clock): RateLimit | undefined {
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) => {
    const text = headers.get(`x-rate-limit-${name}`)?.trim() ?? "";
    return /^\d{1,11}$/.test(text) ? Number(text) : undefined;
  });
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  const now = parseDate(headers.get("date")) ?? clock();
  return { limit, remaining, resetMs: Math.max(0, (reset + 1) * 1000 - now) };
}

function parseDate(text: string | null): number | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

const PRINTABLE = /^[\w.:@/ [\]-]{1,100}$/;
const MAX_TARGETS = 20;

/** Codes and names only: whatever else a vendor puts there may be somebody's data, or break a log line. */
export function printableDetail({
  vendorCode,
  said = {},
  requestId,
  targets = [],
}: VendorErrorDetail): VendorErrorDetail {
  const codes = Object.entries(said).filter(([, code]) => PRINTABLE.test(String(code)));
  const names = targets.filter((target) => PRINTABLE.test(target)).slice(0, MAX_TARGETS);
  return omitUndefined({
    vendorCode: ifPrintable(vendorCode),
    said: codes.length > 0 ? Object.fromEntries(codes) : undefined,
    requestId: ifPrintable(requestId),
    targets: names.length > 0 ? names : undefined,
  });
}

const ifPrintable = (text: string | undefined) => (text !== undefined && PRINTABLE.test(text) ? text : undefined);
