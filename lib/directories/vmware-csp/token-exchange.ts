/** An account's API token exchanged for an access token, with a passcode where the account has MFA. */

import type { Cached } from "../../concurrency.ts";
import { hasCode, hasStatus, type WardenError } from "../../errors.ts";
import { keepToken, RETRY_READ, type RetryPolicy, tokenAnswer } from "../../http/index.ts";
import { omitUndefined } from "../../model/index.ts";
import { isTransient, type VmwareApi } from "./api.ts";
import { type PasscodeSource, passcodeSource } from "./passcode.ts";

const EXCHANGE_PATH = "/csp/gateway/am/api/auth/api-tokens/authorize";
const PLACE = { method: "POST", path: EXCHANGE_PATH } as const;

export interface Credential {
  readonly apiToken: string;
  /** Base32. */
  readonly totpSeed?: string | undefined;
}

export interface TokenExchange {
  readonly hasSeed: boolean;
  /** With a passcode only if the vendor asks for one. Throws `ERR_VENDOR_AUTH` when the vendor accepts neither. */
  exchange(signal: AbortSignal): Promise<Cached<string>>;
  /** With a passcode in any case, where there is a seed. */
  exchangeWithPasscode(signal: AbortSignal): Promise<Cached<string>>;
}

interface ExchangeContext {
  readonly api: VmwareApi;
  /** Whose token it is: errors name it. */
  readonly owner: string;
  readonly apiToken: string;
  readonly passcodes: PasscodeSource | undefined;
  /** The vendor asked for a passcode the last time. */
  passcodeNeeded: boolean;
}

export function openTokenExchange(api: VmwareApi, owner: string, { apiToken, totpSeed }: Credential): TokenExchange {
  const passcodes = totpSeed === undefined ? undefined : passcodeSource(api.clock, totpSeed);
  const context: ExchangeContext = { api, owner, apiToken, passcodes, passcodeNeeded: false };
  return {
    hasSeed: passcodes !== undefined,
    exchange: (signal) => explained(context, exchange(context, signal)),
    exchangeWithPasscode: (signal) => explained(context, exchangeAtBest(context, signal)),
  };
}

async function exchange(context: ExchangeContext, signal: AbortSignal): Promise<Cached<string>> {
  const { passcodes } = context;
  if (!passcodes) return send(context, signal);
  try {
    if (!context.passcodeNeeded) return await send(context, signal);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  context.passcodeNeeded = false;
  return sendWithPasscode(context, passcodes, signal);
}

const exchangeAtBest = (context: ExchangeContext, signal: AbortSignal): Promise<Cached<string>> =>
  context.passcodes ? sendWithPasscode(context, context.passcodes, signal) : send(context, signal);

async function sendWithPasscode(
  context: ExchangeContext,
  passcodes: PasscodeSource,
  signal: AbortSignal,
): Promise<Cached<string>> {
  const granted = await sendUntilFresh(context, passcodes, signal);
  context.passcodeNeeded = true;
  return granted;
}

/** Another process may have used the first passcode, or a fault has swallowed it. The next one is nobody's yet. */
async function sendUntilFresh(
  context: ExchangeContext,
  passcodes: PasscodeSource,
  signal: AbortSignal,
): Promise<Cached<string>> {
  const isFresh = passcodes.isSpent();
  try {
    return await send(context, signal, await nextPasscode(context, passcodes, signal));
  } catch (error) {
    if (isRefusal(error) ? isFresh && isFinal(error) : !isTransient(error)) throw error;
  }
  return send(context, signal, await nextPasscode(context, passcodes, signal));
}

/** Whether another passcode cannot help: the vendor itself refused, and not with a 401, which is tried once more. */
const isFinal = (error: WardenError): boolean => isVendors(error) && !hasStatus(error, 401);

const nextPasscode = ({ api }: ExchangeContext, passcodes: PasscodeSource, signal: AbortSignal): Promise<string> =>
  passcodes.next(signal).catch(() => {
    throw api.vendorError("ERR_ABORTED", PLACE);
  });

async function send(
  { api, apiToken }: ExchangeContext,
  signal: AbortSignal,
  passcode?: string,
): Promise<Cached<string>> {
  const { body } = await api.call({
    ...PLACE,
    body: new URLSearchParams(omitUndefined({ api_token: apiToken, passcode })),
    retry: passcode === undefined ? RETRY_EXCHANGE : RETRY_PASSCODE,
    schema: tokenAnswer,
    signal,
  });
  return keepToken(body, api.clock);
}

/** A server may answer 401 once without a reason, so that is tried once more, as for every other vendor's token. */
const RETRY_EXCHANGE: RetryPolicy = {
  maxAttempts: RETRY_READ.maxAttempts,
  isRetryable: (error, attempt) => (hasStatus(error, 401) ? attempt === 1 : RETRY_READ.isRetryable(error, attempt)),
};

/** A passcode is good once: after anything but 429 the vendor may have used it up, and would refuse it the second time. */
const RETRY_PASSCODE: RetryPolicy = {
  maxAttempts: RETRY_READ.maxAttempts,
  isRetryable: (error) => hasStatus(error, 429),
};

/** The vendor documents 400 for a bad or expired token, and none of these passes by itself. */
const isRefusal = (error: unknown): error is WardenError => hasStatus(error, 400, 401, 403, 404);

/** Whether the vendor itself answered: a proxy or a page in its place knows none of its error codes. */
const isVendors = ({ detail }: WardenError) => detail.vendorCode !== undefined;

/** Whether the vendor has refused the API token, rather than something on the way to it. */
export const isTokenRefusal = (error: unknown): error is WardenError =>
  hasCode(error, "ERR_VENDOR_AUTH") && isVendors(error);

async function explained<T>({ api, owner, passcodes }: ExchangeContext, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const also = passcodes ? ", nor with a passcode from its totpSeed" : " (if it has MFA, its secret lacks totpSeed)";
    const advice = `does not accept the API token of ${owner}${also}; check its secret`;
    throw api.rewordError(error, { code: "ERR_VENDOR_AUTH", advice });
  }
}
