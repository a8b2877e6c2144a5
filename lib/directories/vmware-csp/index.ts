/**
 * VMware Cloud Services: MFA of accounts whose credentials the organisation holds; everybody else can only be listed.
 * https://developer.broadcom.com/xapis/identity-and-access-management-cloud-services-platform/latest/
 */

import {
  type ChangeRequestResult,
  type Directory,
  omitUndefined,
  type RecordedFacts,
  type Subject,
  type VendorEvent,
} from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import { type VmwareApi, vmwareApi } from "./api.ts";
import { checkDirectory } from "./doctor.ts";
import { type LogRange, readLog } from "./log.ts";
import type { Organization } from "./members.ts";
import { confirmToken, type MfaSwitch, type TokenConfirmation, turnMfaOn } from "./mfa.ts";
import { findPrincipal, findSubject, listPopulation, type Population, readSubject } from "./population.ts";
import { NO_PRINCIPAL, openPrincipals, type Principal, whyNotChanged } from "./principal.ts";
import { directoryFacts } from "./requirement.ts";
import { revertSwitch, whyNotReverted } from "./revert.ts";
import { fold } from "./schema.ts";
import { secret } from "./secret.ts";
import { openSession } from "./session.ts";
import { settings, type VmwareNeeds } from "./settings.ts";

export const vmware = defineVendor({ settings, secret, accounts: { switchNeedsDevice: true }, open });

function open(needs: VmwareNeeds): Directory {
  const { settings, secretVersion } = needs;
  const api = vmwareApi(needs);
  const principals = openPrincipals(api, needs);
  const byId = new Map(principals.map((principal) => [principal.id, principal]));
  const population = { api, principals: byId, organization: openOrganization(api, needs, principals) };
  const mfaSwitch = { api, attempted: new Set<string>() };
  return {
    vendor: "vmware-csp",
    tenant: settings.organization ?? principals.map(({ id }) => id).join(" "),
    api: api.address,
    secretVersion,
    scopes: () => [],
    facts: (signal) => directoryFacts(api, population.organization, signal),
    page: (cursor, signal) => listPopulation(population, cursor, signal),
    read: (id, signal) => readSubject(population, id, signal),
    find: (username, signal) => findSubject(population, username, signal),
    caution: (subject) => cautionOf(population, subject),
    enforce: ({ id }, signal) => enforce(population, mfaSwitch, id, signal),
    revert: ({ id }, before, signal) => revert(population, mfaSwitch, { id, before }, signal),
    whyNotReverted: ({ id }, before) => whyNotReverted(byId.get(id), before),
    confirm: ({ id }, signal) => confirm(population, mfaSwitch, id, signal),
    log: (id, from, to, signal) => log(population, id, { startDate: from.getTime(), endDate: to.getTime() }, signal),
    ...omitUndefined({ ownAccounts: readerAccount(api, needs, population.organization) }),
    secretUsers: () => principals.map(({ id }) => id),
    check: (signal) => checkDirectory(population, signal),
  };
}

async function enforce(
  population: Population,
  mfaSwitch: MfaSwitch,
  id: string,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const principal = principalFor(population, id, signal);
  return principal ? turnMfaOn(mfaSwitch, principal, signal) : { outcome: "refused", why: NO_PRINCIPAL };
}

async function revert(
  population: Population,
  mfaSwitch: MfaSwitch,
  { id, before }: { readonly id: string; readonly before: RecordedFacts },
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const principal = principalFor(population, id, signal);
  return principal ? revertSwitch(mfaSwitch, principal, before, signal) : { outcome: "refused", why: NO_PRINCIPAL };
}

async function confirm(
  population: Population,
  mfaSwitch: MfaSwitch,
  id: string,
  signal: AbortSignal,
): Promise<TokenConfirmation> {
  const principal = principalFor(population, id, signal);
  return principal ? confirmToken(mfaSwitch, principal, signal) : { ok: false, why: NO_PRINCIPAL };
}

async function log(population: Population, id: string, range: LogRange, signal: AbortSignal): Promise<VendorEvent[]> {
  const { api } = population;
  const principal = principalFor(population, id, signal);
  if (principal) return readLog(api, principal, range, signal);
  throw api.vendorError("ERR_VENDOR_DENIED", ANY_CALL, "lets nobody read another user's MFA log");
}

const ANY_CALL = { method: "POST", path: "/csp/gateway" };

/** The reader of the secret lists its users, or else the first principal that has a token. */
function openOrganization(
  api: VmwareApi,
  { settings, secret }: VmwareNeeds,
  principals: readonly Principal[],
): Organization | undefined {
  if (settings.organization === undefined) return undefined;
  const session = secret.reader
    ? openSession(api, "the reader", secret.reader)
    : principals.find(({ credentials }) => credentials)?.credentials?.session;
  return { id: settings.organization, session };
}

/**
 * Whoever lists the users by a token of its own loses that with MFA on, unless its secret has a seed. A principal's own token is none:
 * the policy names it to be changed with its own credentials, and says by `totpSeed` or `allowTokenLoss` what becomes of them.
 */
function readerAccount(
  api: VmwareApi,
  { secret: { reader } }: VmwareNeeds,
  organization: Organization | undefined,
): Directory["ownAccounts"] {
  const session = organization?.session;
  if (!reader || reader.totpSeed !== undefined || !session) return undefined;
  return async (signal) => {
    const names = await session.tokenNames(signal);
    if (names.length > 0) return names.map(fold);
    throw api.vendorError("ERR_VENDOR_FORMAT", ANY_CALL, "does not say whose API token the reader's is");
  };
}

/** Throws `ERR_ABORTED` for a caller that gave up, also where nobody would be called. */
function principalFor(population: Population, id: string, signal: AbortSignal): Principal | undefined {
  if (signal.aborted) throw population.api.vendorError("ERR_ABORTED", ANY_CALL);
  return findPrincipal(population, id);
}

/** What switching on does to an account's API token; `undefined` where it will not be switched on. */
function cautionOf(population: Population, { id, facts }: Subject): string | undefined {
  const principal = population.principals.get(id);
  const isOn = facts.enabled.known && facts.enabled.value;
  if (!principal || isOn || whyNotChanged(principal) !== undefined) return undefined;
  const start = `With MFA on, the API token of ${principal.name} is exchanged only with a passcode`;
  if (principal.credentials?.session.hasSeed)
    return `${start}; whatever else uses this token must send one from then on.`;
  return `${start}, and its secret has no totpSeed: the token is lost to everything unattended, and from then on its verdict is unknown here.`;
}
