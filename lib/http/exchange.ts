/** One request sent once, and its answer read: whatever happens, it ends as a good answer or as a `WardenError`. */

import * as v from "valibot";
import { WardenError } from "../errors.ts";
import { type Clock, omitUndefined } from "../model/index.ts";
import { brokenCallError } from "./broken-call.ts";
import type { Deadline } from "./deadline.ts";
import { PROOF_REFUSED, proofRefusalOf } from "./possession.ts";
import type { ApiRequest, ApiResponseTo } from "./request.ts";
import { dateOf, nextLinkOf, parseJson, printableDetail, rateLimitOf, readBytes, retryAfterOf } from "./response.ts";
import { codeOfStatus, type MakeVendorError, placeOf, type VendorErrorDetail } from "./vendor-error.ts";

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** An error body is only looked at for its code. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface ExchangeNeeds {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly vendorError: MakeVendorError;
  /** What to keep of the vendor's error body; whatever is not printable is left out afterwards. */
  readonly describeVendorError: (body: unknown) => VendorErrorDetail;
}

export async function exchange<S extends v.GenericSchema>(
  needs: ExchangeNeeds,
  request: ApiRequest<S>,
  deadline: Deadline,
): Promise<ApiResponseTo<S>> {
  try {
    const response = await send(needs, request, deadline.signal);
    request.possession?.prover.observe(response.headers);
    if (!response.ok) throw await refusalError(needs, request, response);
    const bytes = await readBytes(response, MAX_ANSWER_BYTES);
    if (!bytes) throw needs.vendorError("ERR_VENDOR_OVERSIZE", placeOf(request));
    return {
      status: response.status,
      body: readBody(needs, request, bytes),
      ...omitUndefined({
        date: dateOf(response),
        next: nextLinkOf(response),
        rateLimit: rateLimitOf(response, needs.clock),
      }),
    };
  } catch (error) {
    throw error instanceof WardenError ? error : brokenCallError(needs.vendorError, request, deadline, error);
  }
}

function send({ fetch }: ExchangeNeeds, request: ApiRequest<v.GenericSchema>, signal: AbortSignal): Promise<Response> {
  const { method, url, possession } = request;
  const body = (typeof request.body === "function" ? request.body() : request.body) ?? null;
  const dpop = possession?.prover.prove(request, possession.token);
  const headers = { accept: "application/json", ...request.headers, ...omitUndefined({ dpop }) };
  return fetch(url, { method, headers, body, redirect: "manual", signal });
}

function readBody<S extends v.GenericSchema>(
  { vendorError }: ExchangeNeeds,
  request: ApiRequest<S>,
  bytes: Buffer,
): v.InferOutput<S> {
  const json = bytes.length === 0 && v.is(request.schema, undefined) ? { value: undefined } : parseJson(bytes);
  if (json === undefined) throw vendorError("ERR_VENDOR_FORMAT", placeOf(request));
  const result = v.safeParse(request.schema, json.value, { abortEarly: true });
  if (result.success) return result.output;
  // Keys in it are the schema's own, so the field is safe to name.
  const field = v.getDotPath(result.issues[0]) ?? "answer";
  const advice = `answered without a readable ${field}; it proves nothing, so try again later`;
  throw vendorError("ERR_VENDOR_FORMAT", placeOf(request), advice);
}

async function refusalError(
  needs: ExchangeNeeds,
  request: ApiRequest<v.GenericSchema>,
  response: Response,
): Promise<WardenError> {
  const { status } = response;
  const isRedirect = status < 400 || response.type === "opaqueredirect";
  const bytes = await readBytes(response, isRedirect ? 0 : MAX_ERROR_BYTES).catch(() => undefined);
  if (isRedirect) return needs.vendorError("ERR_VENDOR_REDIRECT", { ...placeOf(request), status });
  const describe = request.describeVendorError ?? needs.describeVendorError;
  const { sentence, ...detail } = describe(bytes && parseJson(bytes)?.value);
  const retryAfter = retryAfterOf(response, needs.clock);
  const subject = {
    ...placeOf(request),
    status,
    ...printableDetail(detail),
    ...omitUndefined({ retryAfter, sentence }),
  };
  const vendorCode = request.possession && proofRefusalOf(response);
  return vendorCode === undefined
    ? needs.vendorError(codeOfStatus(status), subject)
    : needs.vendorError("ERR_VENDOR_AUTH", { ...subject, vendorCode }, PROOF_REFUSED);
}
