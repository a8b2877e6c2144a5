/** What checking a vendor's credential needs: a client that sends it to the vendor's own hosts only, and what a refusal says. */

import { hasStatus } from "../../../errors.ts";
import { type HttpClient, httpClient, type VendorErrorDetail } from "../../../http/index.ts";
import { type Clock, type FailedCall, omitUndefined } from "../../../model/index.ts";
import { type CheckResult, untested } from "../../doctor-check.ts";
import { withoutTrailingSlash } from "../../vendor.ts";
import type { WantedProfile } from "../wanted-profiles.ts";

export interface CredentialCheckNeeds {
  readonly directory: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Origins that may get the credential, besides the vendor's own. */
  readonly origins: readonly string[];
}

/** Checks one profile's credential. Throws `WardenError` for what is neither a yes nor a no. */
export type CredentialCheck = (
  needs: CredentialCheckNeeds,
  wanted: WantedProfile,
  signal: AbortSignal,
) => Promise<CheckResult>;

/** How long a vendor may take; nobody waits for a doctor much longer. */
const DEADLINE_MS = 15_000;

interface CredentialTarget {
  readonly host: string;
  /** The vendor's own. */
  readonly domains: readonly string[];
  readonly describeVendorError?: (body: unknown) => VendorErrorDetail;
}

/** A client for the profile's own host, or why that gets no credential. */
export function credentialClient(
  { directory, fetch, clock, origins }: CredentialCheckNeeds,
  { host, domains, describeVendorError }: CredentialTarget,
): HttpClient | CheckResult {
  const name = host.toLowerCase();
  const origin = `https://${name}`;
  const isVendors = domains.some((domain) => name.endsWith(`.${domain}`));
  if (!isVendors && !origins.some((allowed) => withoutTrailingSlash(allowed).toLowerCase() === origin)) {
    return untested(
      `Its host is not one of ${domains.join(", ")}, so it was not sent the credential; name its origin under origins in the secret.`,
    );
  }
  return httpClient({
    directory,
    calledParty: "The profile's own vendor",
    fetch,
    clock,
    origins: [origin],
    deadlineMs: DEADLINE_MS,
    ...omitUndefined({ describeVendorError }),
  });
}

export const isCheckResult = (client: HttpClient | CheckResult): client is CheckResult => "result" in client;

/** The vendor's refusal, where it was one: an answer that the credential, not the network, is to blame for. */
export const refusalOf = (error: unknown, ...statuses: readonly number[]): FailedCall | undefined =>
  hasStatus(error, ...statuses) ? error.detail : undefined;

export const textOf = (value: string | number | undefined): string => String(value ?? "");
