/** Whether the vendor behind a profile accepts the credential in it: one check for each kind of MFA server. */

import { describeFailure } from "../../../errors.ts";
import type { DoctorCheck } from "../../../model/index.ts";
import { runCheck, untested } from "../../doctor-check.ts";
import type { ServerKind } from "../kinds.ts";
import type { WantedProfile } from "../wanted-profiles.ts";
import type { CredentialCheck, CredentialCheckNeeds } from "./client.ts";
import { checkDuoCredential } from "./duo.ts";
import { checkOktaCredential } from "./okta.ts";
import { checkPingIdCredential } from "./pingid.ts";
import { checkRsaCredential } from "./rsa.ts";

export type { CredentialCheckNeeds } from "./client.ts";

const CHECKS: Readonly<Record<ServerKind, CredentialCheck>> = {
  okta_adaptive_v1: checkOktaCredential,
  ping_identity_v1: checkPingIdCredential,
  rsa_securid_access_v1: checkRsaCredential,
  duo_security_v2: checkDuoCredential,
};

const ONLY_THOROUGH = untested(
  "Trying it may count as a failed sign-in at RSA, so it is only done in a thorough check.",
);

export async function checkCredential(
  needs: CredentialCheckNeeds,
  wanted: WantedProfile,
  thorough: boolean,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const name = `credential of ${wanted.name}`;
  if (wanted.kind === "rsa_securid_access_v1" && !thorough) return { name, ...ONLY_THOROUGH };
  return runCheck(
    name,
    () => CHECKS[wanted.kind](needs, wanted, signal),
    (error) => untested(describeFailure(error)),
  );
}
