/** What can be taken from an HTTP answer: bytes within a limit, JSON, times, and what is safe to keep of an error. */

import type { Clock, FailedCall } from "../model/index.ts";

/** The body, decompressed; `undefined` when there is more of it. Leaving the loop early cancels the rest. */
export async function readBytes(response: Response, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function parse(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return undefined;
  }
}

export function dateOf(response: Response): { readonly date?: string } {
  const at = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(at) ? {} : { date: new Date(at).toISOString() };
}

/** Seconds or a date (RFC 9110 section 10.2.3); the date is by the vendor's clock, which may not be ours. */
export function retryAfterOf(response: Response, clock: Clock): { readonly retryAfter?: number } {
  const text = response.headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return { retryAfter: Number(text) * 1000 };
  const at = Date.parse(text);
  if (Number.isNaN(at)) return {};
  const now = Date.parse(response.headers.get("date") ?? "");
  return { retryAfter: Math.max(0, at - (Number.isNaN(now) ? clock() : now)) };
}

const PRINTABLE = /^[\w.:@/ [\]-]{1,100}$/;

/** Codes and names only: whatever else a vendor puts there may be somebody's data, or break a log line. */
export function printable({ vendorCode = "", said = {}, requestId = "", targets = [] }: FailedCall): FailedCall {
  const safe = targets.filter((target) => PRINTABLE.test(target)).slice(0, 20);
  const codes = Object.entries(said).filter(([, code]) => PRINTABLE.test(String(code)));
  return {
    ...(PRINTABLE.test(vendorCode) ? { vendorCode } : {}),
    ...(codes.length > 0 ? { said: Object.fromEntries(codes) } : {}),
    ...(PRINTABLE.test(requestId) ? { requestId } : {}),
    ...(safe.length > 0 ? { targets: safe } : {}),
  };
}
