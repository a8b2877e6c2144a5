/** What `doctor` finds out about a VMware directory: each principal's token, status and seed, the listing, the clocks. */

import { mapConcurrently } from "../../concurrency.ts";
import type { DoctorCheck } from "../../model/index.ts";
import { type CheckResult, compareClocks, describeError, failed, passed, runCheck, untested } from "../doctor-check.ts";
import type { VmwareApi } from "./api.ts";
import { firstMembersLink, listMembers, type Organization } from "./members.ts";
import type { Population } from "./population.ts";
import { type Principal, readStatus, unexpectedUser, whyNotChanged } from "./principal.ts";
import { checkRequirement } from "./requirement.ts";

/** A passcode is good for 30 s. */
const MAX_SKEW_MS = 30_000;
const MAX_CONCURRENT_PRINCIPALS = 4;

export async function checkDirectory(population: Population, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { api, principals, organization } = population;
  const dates: string[] = [];
  const checks = await mapConcurrently([...principals.values()], MAX_CONCURRENT_PRINCIPALS, async (principal) => [
    await check(`principal ${principal.name}`, () => checkPrincipal(api, principal, dates, signal)),
    { name: `passcode ${principal.name}`, ...checkSeed(principal) },
  ]);
  const listing = organization
    ? [
        await check("organization users", () => checkMembers(api, organization, signal)),
        await check("organization requirement", () => checkRequirement(api, organization, signal)),
      ]
    : [];
  const clocks = compareClocks({
    vendor: "VMware",
    date: dates.at(-1),
    now: api.clock(),
    maxSkewMs: MAX_SKEW_MS,
    consequence: ", so passcodes are refused",
  });
  return [...checks.flat(), ...listing, SWITCH_CHECK, { name: "clock", ...clocks }];
}

/** A person asked, so the vendor's own words are repeated. */
const check = (name: string, work: () => Promise<CheckResult>): Promise<DoctorCheck> =>
  runCheck(name, work, (error) => {
    const { vendorSentence } = error;
    const said = vendorSentence === undefined ? "" : ` VMware says: ${vendorSentence}`;
    return failed(`${describeError(error)}${said}`);
  });

async function checkPrincipal(
  api: VmwareApi,
  principal: Principal,
  dates: string[],
  signal: AbortSignal,
): Promise<CheckResult> {
  const { body, date } = await readStatus(api, principal, signal);
  if (date !== undefined) dates.push(date);
  const unexpected = unexpectedUser(principal, body);
  if (unexpected !== undefined) return failed(`${unexpected}; put this account's own token there.`);
  const device = describeFlag(body.activated, "a device is registered", "no device is registered");
  return passed(`Its API token is accepted; ${device}, and ${describeFlag(body.turnedOn, "MFA is on", "MFA is off")}.`);
}

function describeFlag(value: unknown, ifTrue: string, ifFalse: string): string {
  if (typeof value !== "boolean") return "VMware does not say whether a device is registered or MFA is on";
  return value ? ifTrue : ifFalse;
}

function checkSeed(principal: Principal): CheckResult {
  const against = whyNotChanged(principal);
  if (against !== undefined) return failed(`MFA is never turned on for it: ${against}.`);
  if (principal.credentials?.session.hasSeed)
    return passed("The secret has its totpSeed, so its API token stays of use with MFA on.");
  const loss = "The secret has no totpSeed: with MFA on, its API token is lost to us and its verdict unknown";
  return untested(`${loss}, which the policy allows (allowTokenLoss).`);
}

async function checkMembers(api: VmwareApi, organization: Organization, signal: AbortSignal): Promise<CheckResult> {
  const { total } = await listMembers(api, organization, firstMembersLink(organization), signal);
  return passed(`The organisation's ${total} users can be listed.`);
}

/** A wrong password would count towards the lock, and a right one would change somebody's account. */
const SWITCH_CHECK: DoctorCheck = {
  name: "switch MFA on",
  ...untested("Only a change would show whether the passwords in the secret are right."),
};
