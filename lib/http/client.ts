/** The calls of one directory: where they may go, how many at once, how long one may take, and when it is sent again. */

import { setTimeout as pause } from "node:timers/promises";
import type * as v from "valibot";
import { hasCode, WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { brokenCallError } from "./broken-call.ts";
import { type CallPace, callPace } from "./call-pace.ts";
import { type ConcurrencyLimit, concurrencyLimit } from "./concurrency-limit.ts";
import { startDeadline } from "./deadline.ts";
import { type ExchangeNeeds, exchange } from "./exchange.ts";
import { mayCall } from "./origin.ts";
import type { ApiRequest, ApiResponseTo } from "./request.ts";
import { NO_RETRY, type Pacing, RETRY_READ, sendWithRetries } from "./retry.ts";
import {
  type AdviceByCode,
  errorReworder,
  type MakeVendorError,
  placeOf,
  type RewordError,
  type VendorErrorDetail,
  vendorErrorMaker,
} from "./vendor-error.ts";

const CALL_DEADLINE_MS = 30_000;
const MAX_CONCURRENT_CALLS = 16;

export interface HttpNeeds {
  /** The directory's id: errors name it. */
  readonly directory: string;
  /** Whom errors name instead, where it is not the directory that is called. */
  readonly calledParty?: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Origins a credential may go to: the vendor's own, and those that the secret names. Only https; loopback needs no entry. */
  readonly origins: readonly string[];
  /** The vendor's advice in place of the general one: how "Directory x" goes on. */
  readonly adviceByCode?: AdviceByCode;
  /** What to keep of the vendor's error body; default: nothing. */
  readonly describeVendorError?: (body: unknown) => VendorErrorDetail;
  /** Milliseconds for one call with its body and its retries; default 30,000. */
  readonly deadlineMs?: number;
  /** Calls at once while nothing throttles; default 16. */
  readonly maxConcurrentCalls?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface HttpClient {
  /** Throws a `WardenError` for anything but a 2xx answer that the schema can read. */
  call<S extends v.GenericSchema>(request: ApiRequest<S>): Promise<ApiResponseTo<S>>;
  /** An error about a call, for what only the vendor's file can know. */
  readonly vendorError: MakeVendorError;
  readonly rewordError: RewordError;
}

interface ClientContext extends ExchangeNeeds {
  readonly origins: ReadonlySet<string>;
  readonly limit: ConcurrencyLimit;
  readonly pace: CallPace;
  readonly deadlineMs: number;
  readonly pacing: Pacing;
}

/** The calls of one directory share a limit and a pace: fewer at once after the vendor throttled, and as many a second as it takes. */
export function httpClient(needs: HttpNeeds): HttpClient {
  const { clock, sleep = (ms, signal) => pause(ms, undefined, { signal }) } = needs;
  const vendorError = vendorErrorMaker(needs.calledParty ?? `Directory ${needs.directory}`, needs.adviceByCode);
  const context: ClientContext = {
    fetch: needs.fetch,
    clock,
    vendorError,
    describeVendorError: needs.describeVendorError ?? (() => ({})),
    origins: new Set(needs.origins),
    limit: concurrencyLimit(needs.maxConcurrentCalls ?? MAX_CONCURRENT_CALLS),
    deadlineMs: needs.deadlineMs ?? CALL_DEADLINE_MS,
    pace: callPace({ clock, sleep }),
    pacing: {
      clock,
      sleep,
      random: needs.random ?? Math.random,
    },
  };
  return {
    call: (request) => callInTurn(context, request),
    vendorError,
    rewordError: errorReworder(vendorError),
  };
}

async function callInTurn<S extends v.GenericSchema>(
  context: ClientContext,
  request: ApiRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { origins, vendorError } = context;
  if (!mayCall(request.url, origins)) throw vendorError("ERR_VENDOR_ORIGIN", placeOf(request));
  try {
    return await callWithinBudget(context, request);
  } catch (error) {
    throw error instanceof WardenError ? error : vendorError("ERR_ABORTED", placeOf(request));
  }
}

/** So often a call waits for a vendor's next window that has refused it. */
const MAX_HOLDS = 3;

/** Waits for its budget before it takes a slot and before its deadline begins, so that other calls go on meanwhile. */
async function callWithinBudget<S extends v.GenericSchema>(
  context: ClientContext,
  request: ApiRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { budget } = request;
  const mayWait = budget?.hold !== undefined && retryPolicyOf(request).maxAttempts > 1;
  for (let holds = 0; ; holds += 1) {
    await budget?.take(request.signal);
    try {
      const answer = await callInSlot(context, request);
      if (answer.rateLimit) budget?.learn?.(answer.rateLimit);
      return answer;
    } catch (error) {
      if (!mayWait || holds >= MAX_HOLDS || !hasCode(error, "ERR_VENDOR_THROTTLED")) throw error;
      budget.hold?.(error.detail.retryAfter ?? DEFAULT_HOLD_MS);
    }
  }
}

/** For a vendor that does not say how long. */
const DEFAULT_HOLD_MS = 5_000;

const callInSlot = <S extends v.GenericSchema>(
  context: ClientContext,
  request: ApiRequest<S>,
): Promise<ApiResponseTo<S>> =>
  context.limit.withSlot(async () => {
    await context.pace.takeTurn(request.signal);
    return callWithinDeadline(context, request);
  }, request.signal);

const retryPolicyOf = ({ retry, method }: ApiRequest<v.GenericSchema>) =>
  retry ?? (method === "GET" ? RETRY_READ : NO_RETRY);

async function callWithinDeadline<S extends v.GenericSchema>(
  context: ClientContext,
  request: ApiRequest<S>,
): Promise<ApiResponseTo<S>> {
  const { limit, pace, pacing, clock, vendorError } = context;
  const deadline = startDeadline(context.deadlineMs, clock, request.signal);
  const policy = retryPolicyOf(request);
  try {
    const send = () => limit.paceRequest(() => pace.send(() => exchange(context, request, deadline)));
    return await sendWithRetries(send, policy, deadline, {
      ...pacing,
      sleep: async (ms, signal) => {
        await pacing.sleep(ms, signal);
        await pace.takeTurn(signal);
      },
    });
  } catch (error) {
    throw error instanceof WardenError ? error : brokenCallError(vendorError, request, deadline, error);
  } finally {
    deadline.clear();
  }
}
