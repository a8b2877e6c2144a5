/** What `doctor` can find out about a Strata tenant, and about the credentials in its profiles, without changing anything. */

import type { DoctorCheck } from "../../model/index.ts";
import { compareClocks, passed, runCheck, untested } from "../doctor-check.ts";
import type { StrataApi } from "./api.ts";
import { type CredentialCheckNeeds, checkCredential } from "./credential-checks/index.ts";
import { isMisspeltPingHost, MISSPELT_PING_HOST_WARNING } from "./kinds.ts";
import { locationQuery } from "./location.ts";
import { probeProfiles } from "./profiles.ts";
import type { Location } from "./settings.ts";
import { probeUse } from "./use.ts";
import type { WantedProfile } from "./wanted-profiles.ts";

export interface DoctorContext extends CredentialCheckNeeds {
  readonly api: StrataApi;
  readonly location: Location;
  readonly wanted: readonly WantedProfile[];
  /** Why nothing is pushed; `undefined` where something is. */
  readonly notPushed: string | undefined;
}

const MAX_SKEW_MS = 5 * 60_000;

/** @param thorough also what may count as a failed sign-in at a vendor. A client without a token leaves nothing more to see. */
export async function checkTenant(
  context: DoctorContext,
  signal: AbortSignal,
  thorough = false,
): Promise<DoctorCheck[]> {
  const token = await runCheck("token", async () => {
    await context.api.token.get(signal);
    return passed("The service account gets an access token.");
  });
  if (token.result !== "passed") return [token];
  const [reads, credentials] = await Promise.all([
    checkReads(context, signal),
    Promise.all(context.wanted.map((wanted) => checkCredential(context, wanted, thorough, signal))),
  ]);
  return [token, ...reads, ...checkHosts(context.wanted), ...credentials];
}

async function checkReads(context: DoctorContext, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { api, location, clock } = context;
  const listing = probeProfiles(api, location, signal);
  const [profiles, use] = await Promise.all([
    runCheck("read profiles", async () => {
      await listing;
      return passed("MFA server profiles can be listed.");
    }),
    runCheck("read use", async () => {
      await probeUse(api, locationQuery(location), signal);
      return passed("Authentication profiles can be listed.");
    }),
  ]);
  const date = profiles.result === "passed" ? await listing : undefined;
  const clocks = compareClocks({ vendor: "Strata", date, now: clock(), maxSkewMs: MAX_SKEW_MS });
  return [profiles, use, WRITE_CHECK, pushCheck(context), { name: "clock", ...clocks }];
}

/** No profile is written to find out. */
const WRITE_CHECK: DoctorCheck = {
  name: "write profiles",
  ...untested("Only writing a profile would show it; the service account needs a role that may change MFA servers."),
};

const pushCheck = ({ notPushed }: DoctorContext): DoctorCheck => ({
  name: "push",
  ...untested(
    notPushed === undefined
      ? "Only pushing would show it; the service account needs a role that may push the configuration."
      : `Nothing is pushed, since ${notPushed}: what is changed stays staged until a person pushes it.`,
  ),
});

const checkHosts = (wanted: readonly WantedProfile[]): DoctorCheck[] =>
  wanted
    .filter(({ fields }) => isMisspeltPingHost(fields.ping_api_host))
    .map(({ name }) => ({ name: `host of ${name}`, result: "failed", detail: MISSPELT_PING_HOST_WARNING }));
