/** Calls in the name of one VMware account, with an access token that is renewed when it ends. */

import type * as v from "valibot";
import { cacheUntil } from "../../concurrency.ts";
import { type ApiResponseTo, callAuthorized } from "../../http/index.ts";
import type { VmwareApi, VmwareRequest } from "./api.ts";
import { type Credential, openTokenExchange } from "./token-exchange.ts";

export interface Session {
  /** Its token can be exchanged with a passcode. */
  readonly hasSeed: boolean;
  /** Renews the token once when the vendor no longer takes it. */
  call<S extends v.GenericSchema>(request: VmwareRequest<S>): Promise<ApiResponseTo<S>>;
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
    renew: async (signal) => tokens.put(await exchangeWithPasscode(signal)),
  };
}
