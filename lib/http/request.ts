/** One request to a vendor's API, and what a good answer to it brings. */

import type * as v from "valibot";
import type { CallBudget } from "./call-budget.ts";
import type { PossessionProver } from "./possession.ts";
import type { RateLimit } from "./response.ts";
import type { RetryPolicy } from "./retry.ts";
import type { CallPlace, VendorErrorDetail } from "./vendor-error.ts";

export interface ApiRequest<S extends v.GenericSchema> extends CallPlace {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A function makes a new one for each sending. */
  readonly body?: string | URLSearchParams | (() => URLSearchParams) | undefined;
  /** Where the token is bound to a key, or is to be: a proof goes with each sending. */
  readonly possession?: { readonly prover: PossessionProver; readonly token?: string } | undefined;
  /** When it is sent again. Default: a GET as `RETRY_READ` says, anything else never. */
  readonly retry?: RetryPolicy | undefined;
  /** The vendor's limit that it counts against, where it has one of its own; what is sent again waits as the vendor says. */
  readonly budget?: CallBudget | undefined;
  /** What the answer's JSON must be. One that takes `undefined` also takes an answer without a body. */
  readonly schema: S;
  /** What to keep of the body of an error, where this call's are others than the vendor's usual ones. */
  readonly describeVendorError?: ((body: unknown) => VendorErrorDetail) | undefined;
  readonly signal: AbortSignal;
}

export interface ApiResponse<T> {
  readonly status: number;
  readonly body: T;
  /** The vendor's clock: the `Date` header; ISO 8601. */
  readonly date?: string;
  /** The address of the next page, where a `Link` header names one (RFC 8288). */
  readonly next?: string;
  readonly rateLimit?: RateLimit;
}

export type ApiResponseTo<S extends v.GenericSchema> = ApiResponse<v.InferOutput<S>>;
