/** Calls with a token that the vendor may stop accepting before its time. */

import type { Cache } from "../concurrency.ts";
import { hasCode } from "../errors.ts";
import { isProofRefused } from "./possession.ts";

/** Calls with the token in use; if the vendor no longer accepts it, once more with a new one. */
export async function callAuthorized<T, C = string>(
  tokens: Pick<Cache<C>, "get" | "drop">,
  signal: AbortSignal,
  call: (token: C) => Promise<T>,
): Promise<T> {
  const token = await tokens.get(signal);
  try {
    return await call(token);
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_AUTH")) throw error;
    // A proof that lacks the vendor's nonce or its time says nothing against the token; the next one has both.
    if (!isProofRefused(error)) tokens.drop(token);
    return call(await tokens.get(signal));
  }
}
