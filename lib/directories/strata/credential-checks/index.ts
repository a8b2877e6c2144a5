/** What trying a vendor's credential needs: a client that sends it to the vendor's own hosts only, and how findings are told. */

import { WardenError } from "../../../errors.ts";
import { type HttpClient, httpClient } from "../../../http/index.ts";
import type { Clock, FailedCall } from "../../../model/index.ts";
import { type CheckResult, untested } from "../../doctor-check.ts";
import type { Wanted } from "../secret.ts";

export interface TrialNeeds {
  readonly directory: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Origins that may get the credential, besides the vendor's own. */
  readonly origins: readonly string[];
}

/** Tries one profile's credential. Throws `WardenError` for what is neither a yes nor a no. */
export type Trial = (needs: TrialNeeds, wanted: Wanted, signal: AbortSignal) => Promise<CheckResult>;

/** How long a vendor may take; nobody waits for a doctor much longer. */
const DEADLINE_MS = 15_000;

/**
 * A client for the profile's own host, or why it gets no credential.
 * @param domains the vendor's own
 */
export function trialHttp(
  { directory, fetch, clock, origins }: TrialNeeds,
  host: string,
  domains: readonly string[],
  describeVendorError: (body: unknown) => FailedCall = () => ({}),
): HttpClient | CheckResult {
  const origin = `https://${host.toLowerCase()}`;
  const own = domains.some((domain) => host.toLowerCase().endsWith(`.${domain}`));
  if (!own && !origins.some((allowed) => allowed.replace(/\/+$/, "").toLowerCase() === origin))
    return untested(
      `Its host is not one of ${domains.join(", ")}, so it was not sent the credential; name its origin under origins in the secret.`,
    );
  return httpClient({ directory, fetch, clock, origins: [origin], deadlineMs: DEADLINE_MS, describeVendorError });
}

export const isResult = (http: HttpClient | CheckResult): http is CheckResult => "result" in http;

/** The vendor's refusal, where it was one: an answer that the credential, not the network, is to blame for. */
export function refusalOf(error: unknown, ...statuses: number[]): FailedCall | undefined {
  if (!(error instanceof WardenError) || !statuses.includes(error.detail.status ?? 0)) return undefined;
  return error.detail;
}

export const text = (value: string | number | undefined): string => String(value ?? "");
