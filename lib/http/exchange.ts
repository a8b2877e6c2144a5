/** One request sent once, and its answer read: whatever happens, it ends as a good answer or as a `WardenError`. */

import * as v from "valibot";
import { WardenError } from "../errors.ts";
import { type Clock, omitUndefined } from "../model/index.ts";
import { brokenCallError } from "./broken-call.ts";
import type { Deadline } from "./deadline.ts";
import type { ApiRequest, ApiResponseTo } from "./request.ts";
import { dateOf, nextLinkOf, parseJson, printableDetail, readBytes, retryAfterOf } from "./response.ts";
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
    if (!response.ok) throw await refusalError(needs, request, response);
    const bytes = await readBytes(response, MAX_ANSWER_BYTES);
    if (!bytes) throw needs.vendorError("ERR_VENDOR_OVERSIZE", placeOf(request));
    return {
      status: response.status,
      body: readBody(needs, request, bytes),
      ...omitUndefined({ date: dateOf(response), next: nextLinkOf(response) }),
    };
  } catch (error) {
    throw error instanceof WardenError ? error : brokenCallError(needs.vendorError, request, deadline, error);
  }
}

const send = ({ fetch }: ExchangeNeeds, request: ApiRequest<v.GenericSchema>, signal: AbortSignal) =>
  fetch(request.url, {
    method: request.method,
    headers: { accept: "application/json", ...request.headers },
    body: request.body ?? null,
    redirect: "manual",
    signal,
  });

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
  return needs.vendorError(codeOfStatus(status), {
    ...placeOf(request),
    status,
    ...printableDetail(detail),
    ...omitUndefined({ retryAfter, sentence }),
  });
}
