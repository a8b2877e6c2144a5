/** One VMware account's way in: its API token exchanged for an access token, with a passcode where the account has MFA. */

import { setTimeout as pause } from "node:timers/promises";
import { Secret, TOTP } from "otpauth";
import type * as v from "valibot";
import { type Cached, cacheUntil } from "../../concurrency.ts";
import { hasStatus, type WardenError } from "../../errors.ts";
import {
  type ApiResponseTo,
  callAuthorized,
  DEFAULT_TOKEN_LIFETIME_S,
  type HttpClient,
  RETRY_IDEMPOTENT,
  type RetryPolicy,
  TOKEN_RENEWAL_MARGIN_MS,
} from "../../http/index.ts";
import type { Clock } from "../../model/index.ts";
import { grant } from "./schema.ts";

const EXCHANGE = "/csp/gateway/am/api/auth/api-tokens/authorize";
/** How long one passcode is good (RFC 6238 section 4.1). */
const STEP_MS = 30_000;

export interface Credential {
  readonly apiToken: string;
  /** Base32. */
  readonly totpSeed?: string | undefined;
}

export interface SessionNeeds {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** What stands before `/csp/gateway`. */
  readonly api: string;
  /** Whose it is: errors name it. */
  readonly who: string;
  readonly credential: Credential;
}

/** One call in the account's name. Without a method it reads. */
export interface Ask<S extends v.GenericSchema> {
  readonly method?: "POST" | "PATCH";
  readonly path: string;
  /** A full address in place of the path's. */
  readonly url?: string;
  readonly body?: string;
  readonly retry?: RetryPolicy;
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface Session {
  readonly seeded: boolean;
  /** Renews the token once when the vendor no longer takes it. */
  ask<S extends v.GenericSchema>(ask: Ask<S>): Promise<ApiResponseTo<S>>;
  /** Exchanges the API token anew, with a passcode. When that fails, the token from before stays in use. */
  renew(signal: AbortSignal): Promise<void>;
}

export function openSession({ http, clock, api, who, credential }: SessionNeeds): Session {
  const { apiToken, totpSeed } = credential;
  const seed = totpSeed === undefined ? undefined : Secret.fromBase32(totpSeed);
  const about = { method: "POST", path: EXCHANGE };
  let wantsCode = false;
  /** The last step whose code was sent. */
  let spent = -1;

  async function exchange(signal: AbortSignal, passcode?: string): Promise<Cached<string>> {
    const body = new URLSearchParams({ api_token: apiToken, ...(passcode === undefined ? {} : { passcode }) });
    const call = { method: "POST", url: api + EXCHANGE, path: EXCHANGE, body, retry: RETRY_IDEMPOTENT } as const;
    const { access_token, expires_in = DEFAULT_TOKEN_LIFETIME_S } = (
      await http.call({ ...call, schema: grant, signal })
    ).body;
    const lifetime = expires_in * 1000;
    return { value: access_token, until: clock() + lifetime - Math.min(TOKEN_RENEWAL_MARGIN_MS, lifetime / 2) };
  }

  const stepNow = () => Math.floor(clock() / STEP_MS);

  /** A code is good for one use (RFC 6238 section 5.2), so one that was sent before is waited out. */
  async function nextCode(secret: Secret, signal: AbortSignal): Promise<string> {
    spent = Math.max(stepNow(), spent + 1);
    const wait = spent * STEP_MS - clock();
    if (wait > 0) {
      await pause(wait, undefined, { signal }).catch(() => {
        throw http.vendorError("ERR_ABORTED", about);
      });
    }
    return TOTP.generate({ secret, timestamp: spent * STEP_MS });
  }

  async function withCode(secret: Secret, signal: AbortSignal): Promise<Cached<string>> {
    const waited = spent >= stepNow();
    try {
      return await exchange(signal, await nextCode(secret, signal));
    } catch (error) {
      if (waited || !isRefusal(error)) throw error;
    }
    // Another process may have used that code before us. The next one is nobody's yet.
    return exchange(signal, await nextCode(secret, signal));
  }

  async function request(signal: AbortSignal): Promise<Cached<string>> {
    if (!seed) return exchange(signal);
    try {
      if (!wantsCode) return await exchange(signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    wantsCode = false;
    const fetched = await withCode(seed, signal);
    wantsCode = true;
    return fetched;
  }

  function explain(error: unknown): unknown {
    if (!isRefusal(error)) return error;
    const also = seed ? ", nor with a passcode from its totpSeed" : " (if it has MFA, its secret lacks totpSeed)";
    const sentence = `does not accept the API token of ${who}${also}; check its secret`;
    return http.vendorError("ERR_VENDOR_AUTH", { ...error.detail, ...about }, sentence);
  }

  const explained = <T>(work: Promise<T>) => work.catch((error: unknown) => Promise.reject(explain(error)));
  const kept = cacheUntil(clock, (signal) => explained(request(signal)));

  async function ask<S extends v.GenericSchema>(ask: Ask<S>): Promise<ApiResponseTo<S>> {
    const { method = "GET", url = api + ask.path, body } = ask;
    const sent = body === undefined ? {} : { "content-type": "application/json" };
    const call = (token: string) => http.call({ ...ask, method, url, headers: { "csp-auth-token": token, ...sent } });
    return callAuthorized(kept, ask.signal, call);
  }

  async function renew(signal: AbortSignal): Promise<void> {
    kept.put(await explained(seed ? withCode(seed, signal) : exchange(signal)));
    wantsCode = seed !== undefined;
  }

  return { seeded: seed !== undefined, ask, renew };
}

/** The vendor documents 400 for a bad or expired token, and none of these passes by itself. */
const isRefusal = (error: unknown): error is WardenError => hasStatus(error, 400, 401, 403, 404);
