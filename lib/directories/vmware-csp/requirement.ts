/**
 * What a VMware organisation requires of its users: the only thing that holds those whose MFA nobody can read. It is a fact of the
 * organisation, and proves nothing of a person.
 */

import { asWardenError, WardenError } from "../../errors.ts";
import { type DirectoryFact, type Fact, unknownFact } from "../../model/index.ts";
import { type CheckResult, describeError, passed, untested } from "../doctor-check.ts";
import type { VmwareApi } from "./api.ts";
import type { Organization } from "./members.ts";
import { organizationRequirement, requirementFacts } from "./schema.ts";

const ORGANIZATION_PATH = "/csp/gateway/am/api/orgs/{orgId}";
const PLACE = { method: "GET", path: ORGANIZATION_PATH };

export interface OrganizationRequirement {
  readonly mfa: Fact<boolean>;
  /** Of the exchange of API tokens. */
  readonly tokenPasscode: Fact<boolean>;
}

async function readRequirement(
  api: VmwareApi,
  { id, session }: Organization,
  signal: AbortSignal,
): Promise<OrganizationRequirement> {
  if (!session)
    throw api.vendorError("ERR_SECRET_INVALID", PLACE, "has nobody's API token in its secret to read it with");
  const url = api.address + ORGANIZATION_PATH.replace("{orgId}", id);
  const { body } = await session.call({ path: ORGANIZATION_PATH, url, schema: organizationRequirement, signal });
  return requirementFacts(body);
}

export async function checkRequirement(
  api: VmwareApi,
  organization: Organization,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { mfa, tokenPasscode } = await readRequirement(api, organization, signal);
  const tokens = `API tokens are exchanged ${describePasscode(tokenPasscode)}`;
  if (!mfa.known) return untested(`VMware does not say whether the organisation requires MFA of its users; ${tokens}.`);
  if (mfa.value) return passed(`The organisation requires MFA of its users; ${tokens}.`);
  return untested(`${NOT_REQUIRED}; ${tokens}.`);
}

/** The same as facts of the directory; what cannot be read is unknown, with the reason. Throws only `ERR_ABORTED`. */
export async function directoryFacts(
  api: VmwareApi,
  organization: Organization | undefined,
  signal: AbortSignal,
): Promise<DirectoryFact[]> {
  if (!organization) return [];
  const read = await readRequirement(api, organization, signal).catch(asWardenError);
  if (!(read instanceof WardenError)) return factsOf(read);
  if (read.code === "ERR_ABORTED") throw read;
  const unknown = unknownFact(describeError(read));
  return factsOf({ mfa: unknown, tokenPasscode: unknown });
}

const factsOf = ({ mfa, tokenPasscode }: OrganizationRequirement): DirectoryFact[] => [
  factOf("isMfaRequired", mfa, "requires MFA of its users", "does not require MFA of its users"),
  factOf(
    "enforceUserApiTokenMfa",
    tokenPasscode,
    "requires a passcode for each exchange of an API token",
    "requires no passcode for the exchange of an API token",
  ),
];

function factOf(name: string, fact: Fact<boolean>, ifTrue: string, ifFalse: string): DirectoryFact {
  if (!fact.known)
    return {
      name,
      value: null,
      meaning: `Whether the organisation ${ifTrue} is not known: ${fact.why.replace(/\.$/, "")}.`,
    };
  return { name, value: fact.value, meaning: `The organisation ${fact.value ? ifTrue : ifFalse}.` };
}

const NOT_REQUIRED =
  "The organisation does not require MFA of its users, so nothing holds those whose MFA nobody can read; an owner can require it in the console's authentication policy";

function describePasscode({ known, ...fact }: Fact<boolean>): string {
  if (!known || !("value" in fact)) return "in a way that VMware does not tell";
  return fact.value ? "only with a passcode" : "without a passcode unless the account has MFA";
}
