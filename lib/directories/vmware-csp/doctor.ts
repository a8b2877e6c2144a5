/** What `doctor` finds out about a VMware directory: each principal's token, status and seed, the listing, the clocks. */

import type { Clock, DoctorCheck } from "../../model/index.ts";
import { type CheckResult, compareClocks, describeError, failed, passed, runCheck, untested } from "../doctor-check.ts";
import type { Listing } from "./members.ts";
import { type Custody, type Principal, strangerIn, whyNot } from "./principal.ts";

/** A passcode is good for 30 s. */
const MAX_SKEW_MS = 30_000;

export interface CheckNeeds {
  readonly principals: readonly Principal[];
  readonly custody: Custody;
  readonly listing: Listing | undefined;
  readonly clock: Clock;
  /** The vendor's sentence about the last call that it refused; forgotten when it is asked for. */
  takeMessage(): string | undefined;
}

export async function check(needs: CheckNeeds, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { principals, listing, clock } = needs;
  const checks: DoctorCheck[] = [];
  const dates: string[] = [];
  // One after the other, so that the vendor's sentence is about the call before it.
  for (const principal of principals) {
    const name = `principal ${principal.name}`;
    const check = await probe(needs, name, () => checkPrincipal(needs.custody, principal, dates, signal));
    checks.push(check, checkSeed(principal));
  }
  if (listing) {
    const check = await probe(needs, "organization users", async () => {
      const { total } = await listing.page(listing.start, signal);
      return passed(`The organisation's ${total} users can be listed.`);
    });
    checks.push(check);
  }
  const clocks = compareClocks({
    vendor: "VMware",
    date: dates.at(-1),
    now: clock(),
    maxSkewMs: MAX_SKEW_MS,
    consequence: ", so passcodes are refused",
  });
  return [...checks, SWITCH_CHECK, { name: "clock", ...clocks }];
}

async function checkPrincipal(
  custody: Custody,
  principal: Principal,
  dates: string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const { body, date } = await custody.status(principal, signal);
  if (date !== undefined) dates.push(date);
  const stranger = strangerIn(principal, body);
  if (stranger !== undefined) return failed(`${stranger}; put this account's own token there.`);
  const device = tell(body.activated, "a device is registered", "no device is registered");
  return passed(`Its API token is accepted; ${device}, and ${tell(body.turnedOn, "MFA is on", "MFA is off")}.`);
}

const tell = (value: unknown, yes: string, no: string) => {
  if (typeof value !== "boolean") return "VMware does not say whether a device is registered or MFA is on";
  return value ? yes : no;
};

function checkSeed(principal: Principal): DoctorCheck {
  const name = `passcode ${principal.name}`;
  const against = whyNot(principal);
  if (against !== undefined) return { name, ...failed(`MFA is never turned on for it: ${against}.`) };
  if (principal.keys?.session.seeded)
    return { name, ...passed("The secret has its totpSeed, so its API token stays of use with MFA on.") };
  const loss = "The secret has no totpSeed: with MFA on, its API token is lost to us and its verdict unknown";
  return { name, ...untested(`${loss}, which the policy allows (allowTokenLoss).`) };
}

/** A wrong password would count towards the lock, and a right one would change somebody's account. */
const SWITCH_CHECK: DoctorCheck = {
  name: "switch MFA on",
  result: "cannot be tested",
  detail: "Only a change would show whether the passwords in the secret are right.",
};

function probe({ takeMessage }: CheckNeeds, name: string, work: () => Promise<CheckResult>): Promise<DoctorCheck> {
  takeMessage();
  return runCheck(name, work, (error) => {
    const message = takeMessage();
    const said = message === undefined ? "" : ` VMware says: ${message}`;
    return failed(`${describeError(error)}${said}`);
  });
}
