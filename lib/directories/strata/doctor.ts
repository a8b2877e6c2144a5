/** What `doctor` can find out about a Strata tenant, and about the credentials in its profiles, without changing anything. */

import type { DoctorCheck } from "../../model/index.ts";
import { compareClocks, describeError, passed, runCheck, untested } from "../doctor-check.ts";
import { tryDuo } from "./credential-checks/duo.ts";
import type { Trial, TrialNeeds } from "./credential-checks/index.ts";
import { tryOkta } from "./credential-checks/okta.ts";
import { tryPingId } from "./credential-checks/pingid.ts";
import { tryRsa } from "./credential-checks/rsa.ts";
import type { Wanted } from "./secret.ts";
import { type Kind, MISSPELT, MISSPELT_HOST } from "./settings.ts";

export interface DoctorNeeds extends TrialNeeds {
  readonly tenant: string;
  readonly wanted: readonly Wanted[];
  bearer(signal: AbortSignal): Promise<string>;
  list(signal: AbortSignal): Promise<{ readonly date?: string }>;
  use(signal: AbortSignal): Promise<unknown>;
  /** Why nothing is pushed, if so. */
  readonly unpushed?: string;
}

const MAX_SKEW_MS = 5 * 60_000;

export const doctor =
  (needs: DoctorNeeds) =>
  async (signal: AbortSignal, thorough = false): Promise<DoctorCheck[]> => {
    const token = await runCheck("token", async () => {
      await needs.bearer(signal);
      return passed("The service account gets an access token.");
    });
    if (token.result !== "passed") return [token];
    const listing = needs.list(signal);
    const [listed, used, ...credentials] = await Promise.all([
      runCheck("read profiles", async () => {
        await listing;
        return passed("MFA server profiles can be listed.");
      }),
      runCheck("read use", async () => {
        await needs.use(signal);
        return passed("Authentication profiles can be listed.");
      }),
      ...needs.wanted.map((one) => tryCredential(needs, one, thorough, signal)),
    ]);
    const date = listed.result === "passed" ? (await listing).date : undefined;
    return [
      token,
      listed,
      used,
      WRITE_CHECK,
      pushCheck(needs.unpushed),
      { name: "clock", ...compareClocks({ vendor: "Strata", date, now: needs.clock(), maxSkewMs: MAX_SKEW_MS }) },
      ...hostChecks(needs.wanted),
      ...credentials,
    ];
  };

/** No profile is written to find out. */
const WRITE_CHECK: DoctorCheck = {
  name: "write profiles",
  result: "cannot be tested",
  detail: "Only writing a profile would show it; the service account needs a role that may change MFA servers.",
};

const pushCheck = (unpushed: string | undefined): DoctorCheck => ({
  name: "push",
  result: "cannot be tested",
  detail:
    unpushed === undefined
      ? "Only pushing would show it; the service account needs a role that may push the configuration."
      : `Nothing is pushed, since ${unpushed}: what is changed stays staged until a person pushes it.`,
});

const hostChecks = (wanted: readonly Wanted[]): DoctorCheck[] =>
  wanted
    .filter(({ shown }) => String(shown.ping_api_host).toLowerCase() === MISSPELT_HOST)
    .map(({ name }) => ({
      name: `host of ${name}`,
      result: "failed",
      detail: MISSPELT,
    }));

const TRIALS: Readonly<Record<Kind, Trial>> = {
  okta_adaptive_v1: tryOkta,
  ping_identity_v1: tryPingId,
  rsa_securid_access_v1: tryRsa,
  duo_security_v2: tryDuo,
};

async function tryCredential(
  needs: DoctorNeeds,
  wanted: Wanted,
  thorough: boolean,
  signal: AbortSignal,
): Promise<DoctorCheck> {
  const name = `credential of ${wanted.name}`;
  if (wanted.kind === "rsa_securid_access_v1" && !thorough) return { name, ...RSA_LATER };
  return runCheck(
    name,
    () => TRIALS[wanted.kind](needs, wanted, signal),
    (error) => untested(describeError(error)),
  );
}

const RSA_LATER = untested("Trying it may count as a failed sign-in at RSA, so it is only done in a thorough check.");
