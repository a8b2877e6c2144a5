/** What `doctor` can find out about a Strata tenant, and about the credentials in its profiles, without changing anything. */

import { WardenError } from "../../errors.ts";
import type { DoctorCheck } from "../../model/index.ts";
import { tryDuo } from "./credential-checks/duo.ts";
import { type Finding, type Trial, type TrialNeeds, untested } from "./credential-checks/index.ts";
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
    const token = await probe("token", "The service account gets an access token.", () => needs.bearer(signal));
    if (token.result !== "passed") return [token];
    let date: string | undefined;
    const [listed, used, ...credentials] = await Promise.all([
      probe("read profiles", "MFA server profiles can be listed.", async () => {
        ({ date } = await needs.list(signal));
      }),
      probe("read use", "Authentication profiles can be listed.", () => needs.use(signal)),
      ...needs.wanted.map((one) => tryCredential(needs, one, thorough, signal)),
    ]);
    return [
      token,
      listed,
      used,
      WRITE_CHECK,
      pushCheck(needs.unpushed),
      clockCheck(listed, date, needs.clock()),
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

function clockCheck(listed: DoctorCheck, date: string | undefined, now: number): DoctorCheck {
  const name = "clock";
  if (listed.result !== "passed" || date === undefined)
    return { name, result: "cannot be tested", detail: "No answer showed the vendor's clock." };
  const apart = Math.round(Math.abs(Date.parse(date) - now) / 1000);
  const result = apart * 1000 <= MAX_SKEW_MS ? "passed" : "failed";
  const advice = result === "passed" ? "" : "; set this machine's clock";
  return { name, result, detail: `Strata's clock and ours are ${apart} s apart${advice}.` };
}

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
  try {
    return { name, ...(await TRIALS[wanted.kind](needs, wanted, signal)) };
  } catch (error) {
    return { name, ...untested(trouble(error)) };
  }
}

const RSA_LATER: Finding = untested(
  "Trying it may count as a failed sign-in at RSA, so it is only done in a thorough check.",
);

async function probe(name: string, detail: string, work: () => Promise<unknown>): Promise<DoctorCheck> {
  try {
    await work();
    return { name, result: "passed", detail };
  } catch (error) {
    return { name, result: "failed", detail: trouble(error) };
  }
}

function trouble(error: unknown): string {
  if (!(error instanceof WardenError) || error.code === "ERR_ABORTED") throw error;
  return `${error.code}: ${error.message}`;
}
