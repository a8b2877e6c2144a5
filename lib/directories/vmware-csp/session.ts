/** Calls in the name of one VMware account, with an access token that is renewed when it ends. */

import * as v from "valibot";
import { cacheUntil } from "../../concurrency.ts";
import { type ApiResponseTo, callAuthorized, parseJson } from "../../http/index.ts";
import type { VmwareApi, VmwareRequest } from "./api.ts";
import { tokenClaims } from "./schema.ts";
import { type Credential, openTokenExchange } from "./token-exchange.ts";

export interface Session {
  /** Its token can be exchanged with a passcode. */
  readonly hasSeed: boolean;
  /** Renews the token once when the vendor no longer takes it. */
  call<S extends v.GenericSchema>(request: VmwareRequest<S>): Promise<ApiResponseTo<S>>;
  /** The user name in the access token; `undefined` where it has none. */
  tokenOwner(signal: AbortSignal): Promise<string | undefined>;
  /** Every name that the access token gives its owner, also one that is no user name; empty where it cannot be read. */
  tokenNames(signal: AbortSignal): Promise<readonly string[]>;
  /** Exchanges the API token anew, with a passcode. When that fails, the token from before stays in use. */
  renew(signal: AbortSignal): Promise<void>;
}

/** @param owner whose session it is: errors name it */
export function openSession(api: VmwareApi, owner: string, credential: Credential): Session {
  const { hasSeed, exchange, exchangeWithPasscode } = openTokenExchange(api, owner, credential);
  const tokens = cacheUntil(api.clock, exchange);
  return {
    hasSeed,
    call: (request) => callAuthorized(tokens, request.signal, (token) => api.call(request, token)),
    tokenOwner: async (signal) => namesIn(await tokens.get(signal)).find((name) => name.includes("@")),
    tokenNames: async (signal) => namesIn(await tokens.get(signal)),
    renew: async (signal) => tokens.put(await exchangeWithPasscode(signal)),
  };
}

/** A JSON web token names its owner. It came from the vendor itself, so its signature adds nothing. */
function namesIn(token: string): string[] {
  const [, payload = ""] = token.split(".");
  const claims = v.safeParse(tokenClaims, parseJson(Buffer.from(payload, "base64url"))?.value);
  if (!claims.success) return [];
  return [claims.output.acct, claims.output.username].filter((name) => name !== "");
}
