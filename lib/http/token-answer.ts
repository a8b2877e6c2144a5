/** What a token endpoint says: read in one way for all vendors (RFC 6749 sections 5.1 and 5.2). */

import * as v from "valibot";
import type { Cached } from "../concurrency.ts";
import type { Clock } from "../model/index.ts";
import { ifPresent, numeric, textOrEmpty } from "./values.ts";
import type { VendorErrorDetail } from "./vendor-error.ts";

/** For a server that does not say how long its token lives, or not in a way that can be read. */
const DEFAULT_LIFETIME_S = 300;
/** A token is renewed when this share of its lifetime is left, so that it does not end on its way. */
const RENEWAL_SHARE = 0.2;
const MAX_RENEWAL_MARGIN_MS = 60_000;

/** Any other type needs more than the token itself to be used. */
const bearer = v.pipe(v.string(), v.regex(/^bearer$/i));

/** The answer that grants a token. `expires_in` is in seconds. */
export const tokenAnswer = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  token_type: ifPresent(bearer),
  expires_in: v.fallback(ifPresent(v.pipe(numeric, v.minValue(0))), undefined),
  scope: textOrEmpty,
});
/** The answer that grants a token bound to a key; one that is bound to none is refused (RFC 9449 section 5). */
export const boundTokenAnswer = v.object({
  ...tokenAnswer.entries,
  token_type: v.pipe(v.string(), v.regex(/^dpop$/i)),
});
export type TokenAnswer = v.InferOutput<typeof tokenAnswer>;

/** The token, and until when it is used. */
export function keepToken(
  { access_token, expires_in = DEFAULT_LIFETIME_S }: TokenAnswer,
  clock: Clock,
): Cached<string> {
  const lifetimeMs = expires_in * 1000;
  const marginMs = Math.min(MAX_RENEWAL_MARGIN_MS, lifetimeMs * RENEWAL_SHARE);
  return { value: access_token, until: clock() + lifetimeMs - marginMs };
}

const problem = v.object({ error: textOrEmpty });

/** Of a refusal its error code, such as `invalid_client`. */
export function describeTokenError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  return success && output.error !== "" ? { vendorCode: output.error } : {};
}
