/** One vendor call: where a credential may go, deadline, retries, request budget, size, and what an answer's status means. */

import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { type Code, WardenError } from "../errors.ts";
import type { Clock, FailedCall } from "../model/index.ts";
import { concurrencyLimit } from "./concurrency-limit.ts";
import { dateOf, parse, printable, readBytes, retryAfterOf } from "./response.ts";

const MAX_BYTES = 32 * 1024 * 1024;
/** An error body is only looked at for its code. */
const MAX_ERROR_BYTES = 64 * 1024;
const TRIES = 6;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
/** What another try can help, for a request that may be sent twice. */
const PASSING = new Set([429, 500, 502, 503, 504]);

export interface HttpNeeds {
  /** The directory's id: errors name it. */
  readonly directory: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Origins a credential may go to: the vendor's own, and those that the secret names. Only https; loopback needs no entry. */
  readonly origins: readonly string[];
  /** Vendor's advice in place of the general sentence: how "Directory x" goes on. */
  readonly advice?: Partial<Record<Code, string>>;
  /** What to keep of the vendor's error body. */
  readonly explain?: (body: unknown) => Pick<FailedCall, "vendorCode" | "said" | "requestId" | "targets">;
  /** Milliseconds for one call with its body and its retries; default 30,000. */
  readonly deadline?: number;
  /** Calls at once while nothing throttles; default 16. */
  readonly concurrency?: number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** 0 to 1. */
  readonly random?: () => number;
}

export interface ApiRequest<S extends v.GenericSchema> {
  readonly method: "GET" | "PUT" | "POST" | "PATCH";
  readonly url: string;
  /** The url's path with placeholders where ids stand: all that an error says of it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  /** Sent twice it does what it does once. A GET always does. */
  readonly idempotent?: boolean;
  /** What the answer's JSON must be. */
  readonly schema: S;
  readonly signal: AbortSignal;
}

export interface ApiResponse<T> {
  readonly status: number;
  readonly body: T;
  /** The `Date` header; ISO 8601. */
  readonly date?: string;
}

export interface HttpClient {
  /** Throws a `WardenError` for anything but a 2xx answer that the schema can read. */
  call<S extends v.GenericSchema>(call: ApiRequest<S>): Promise<ApiResponse<v.InferOutput<S>>>;
  /** An error about a call, for what only the vendor's file can know. @param sentence how "Directory x" goes on */
  fault(code: Code, detail: FailedCall & About, sentence?: string): WardenError;
}

type About = { readonly method: string; readonly path: string };
type Limit = { readonly signal: AbortSignal; readonly ends: number; why(): Code; lift(): void };

/** The calls of one directory. They share a budget: fewer at once after the vendor throttled. */
export function httpClient(needs: HttpNeeds): HttpClient {
  const { directory, fetch, clock, deadline = 30_000, random = Math.random, concurrency = 16 } = needs;
  const { sleep = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }) } = needs;
  const sentences: Partial<Record<Code, string>> = { ...SENTENCES, ...needs.advice };
  const allowed = new Set(needs.origins);
  const budget = concurrencyLimit(concurrency);

  function fault(code: Code, detail: FailedCall & About, sentence = sentences[code] ?? "failed"): WardenError {
    const { method, path, status } = detail;
    const place = status === undefined ? `${method} ${path}` : `${method} ${path} answered ${status}`;
    return new WardenError(code, `Directory ${directory} ${sentence} (${place}).`, detail);
  }

  async function call<S extends v.GenericSchema>(call: ApiRequest<S>): Promise<ApiResponse<v.InferOutput<S>>> {
    if (!mayGo(call.url, allowed)) throw fault("ERR_VENDOR_ORIGIN", about(call));
    try {
      return await budget.hold(() => persist(call), call.signal);
    } catch (error) {
      throw error instanceof WardenError ? error : fault("ERR_ABORTED", about(call));
    }
  }

  async function persist<S extends v.GenericSchema>(call: ApiRequest<S>): Promise<ApiResponse<v.InferOutput<S>>> {
    const limit = limitTo(deadline, clock, call.signal);
    try {
      for (let tries = 1; ; tries += 1) {
        const result = await budget.pace(() => exchange(call, limit)).catch(own);
        if (!(result instanceof WardenError)) return result;
        const wait = waitAfter(call, result, tries);
        if (wait === undefined || clock() + wait > limit.ends) throw result;
        await sleep(wait, limit.signal);
      }
    } catch (error) {
      throw error instanceof WardenError ? error : fault(limit.why(), about(call));
    } finally {
      limit.lift();
    }
  }

  async function exchange<S extends v.GenericSchema>(
    call: ApiRequest<S>,
    limit: Limit,
  ): Promise<ApiResponse<v.InferOutput<S>>> {
    const { method, url, headers, body = null } = call;
    try {
      const init = { method, headers: { accept: "application/json", ...headers }, body, signal: limit.signal };
      const response = await fetch(url, { ...init, redirect: "manual" });
      if (!response.ok) throw await refusal(call, response);
      const bytes = await readBytes(response, MAX_BYTES);
      if (!bytes) throw fault("ERR_VENDOR_OVERSIZE", about(call));
      return { status: response.status, body: read(call, bytes), ...dateOf(response) };
    } catch (error) {
      throw error instanceof WardenError ? error : fault(limit.why(), about(call));
    }
  }

  function read<S extends v.GenericSchema>(call: ApiRequest<S>, bytes: Buffer): v.InferOutput<S> {
    const json = parse(bytes);
    if (json === undefined) throw fault("ERR_VENDOR_FORMAT", about(call));
    const result = v.safeParse(call.schema, json.value, { abortEarly: true });
    if (result.success) return result.output;
    // Keys in it are the schema's own, so the place is safe to name.
    const place = v.getDotPath(result.issues[0]) ?? "answer";
    throw fault(
      "ERR_VENDOR_FORMAT",
      about(call),
      `answered without a readable ${place}; it proves nothing, so try again later`,
    );
  }

  async function refusal(call: About, response: Response): Promise<WardenError> {
    const { status } = response;
    const redirected = status < 400 || response.type === "opaqueredirect";
    const bytes = await readBytes(response, redirected ? 0 : MAX_ERROR_BYTES).catch(() => undefined);
    if (redirected) return fault("ERR_VENDOR_REDIRECT", { ...about(call), status });
    const said = needs.explain?.(bytes && parse(bytes)?.value) ?? {};
    return fault(codeOf(status), { ...about(call), status, ...printable(said), ...retryAfterOf(response, clock) });
  }

  function waitAfter(
    call: Pick<ApiRequest<v.GenericSchema>, "method" | "idempotent">,
    error: WardenError,
    tries: number,
  ) {
    const wait = (error.detail.retryAfter ?? 0) + backoff(tries, random());
    if (tries >= TRIES) return undefined;
    // A second look at a garbled answer is cheap; a change is better read back than sent again.
    if (error.code === "ERR_VENDOR_FORMAT") return tries === 1 && call.method === "GET" ? wait : undefined;
    if (call.method !== "GET" && !call.idempotent) return undefined;
    return error.code === "ERR_VENDOR_UNREACHABLE" || PASSING.has(error.detail.status ?? 0) ? wait : undefined;
  }

  return { call, fault };
}

const about = ({ method, path }: About): About => ({ method, path });

const SENTENCES: Partial<Record<Code, string>> = {
  ERR_VENDOR_AUTH: "does not accept the credentials; check its secret",
  ERR_VENDOR_DENIED: "does not allow this to the credentials; give them the permission that is missing",
  ERR_VENDOR_NOT_FOUND: "does not know what was asked for; check its settings",
  ERR_VENDOR_REJECTED: "rejected the request; check its settings",
  ERR_VENDOR_THROTTLED: "limits the rate of requests; try again later",
  ERR_VENDOR_UNAVAILABLE: "has a fault on the vendor's side; try again later",
  ERR_VENDOR_UNREACHABLE: "cannot be reached; check the network and its endpoints",
  ERR_VENDOR_TIMEOUT: "did not answer in time; try again later",
  ERR_VENDOR_REDIRECT: "answered with a redirect, which is never followed; check its endpoints",
  ERR_VENDOR_FORMAT: "answered with something that is not JSON; check its endpoints, or try again later",
  ERR_VENDOR_OVERSIZE: "answered with more than 32 MiB, which is refused; check its endpoints",
  ERR_VENDOR_ORIGIN:
    "would have sent its credential to a host that is not the vendor's and that its secret does not name under origins",
  ERR_ABORTED: "was given up because the work around it ended",
};

function codeOf(status: number): Code {
  if (status === 401) return "ERR_VENDOR_AUTH";
  if (status === 403) return "ERR_VENDOR_DENIED";
  if (status === 404) return "ERR_VENDOR_NOT_FOUND";
  if (status === 429) return "ERR_VENDOR_THROTTLED";
  return status < 500 ? "ERR_VENDOR_REJECTED" : "ERR_VENDOR_UNAVAILABLE";
}

function mayGo(address: string, origins: ReadonlySet<string>): boolean {
  const url = URL.parse(address);
  if (url?.username !== "" || url.password !== "") return false;
  if (isLoopback(url.hostname)) return url.protocol === "http:" || url.protocol === "https:";
  return url.protocol === "https:" && origins.has(url.origin);
}

const isLoopback = (host: string) => host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

/** One deadline over everything a call does. Made by hand, since what `AbortSignal.timeout` leaves behind lives as long as its time. */
function limitTo(ms: number, clock: Clock, outer: AbortSignal): Limit {
  const inner = new AbortController();
  const stop = () => inner.abort();
  const timer = setTimeout(stop, ms);
  outer.addEventListener("abort", stop, { once: true });
  if (outer.aborted) stop();
  return {
    signal: inner.signal,
    ends: clock() + ms,
    why: () => {
      if (outer.aborted) return "ERR_ABORTED";
      return inner.signal.aborted ? "ERR_VENDOR_TIMEOUT" : "ERR_VENDOR_UNREACHABLE";
    },
    lift: () => {
      clearTimeout(timer);
      outer.removeEventListener("abort", stop);
    },
  };
}

function own(error: unknown): WardenError {
  if (error instanceof WardenError) return error;
  throw error;
}

/** Doubles up to a cap; at least half of it, so that a retry never comes at once. */
const backoff = (tries: number, chance: number) =>
  (0.5 + chance / 2) * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
