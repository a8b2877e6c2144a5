/** VMware accounts whose own credentials the organisation holds, and what the vendor says of their MFA. */

import { type Code, WardenError } from "../../errors.ts";
import type { ApiResponseTo } from "../../http/index.ts";
import { omitUndefined, type Subject } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { VmwareApi } from "./api.ts";
import { factsOf, factsUnknown, fold, type MfaStatus, mfaStatus } from "./schema.ts";
import { principalSecret } from "./secret.ts";
import { openSession, type Session } from "./session.ts";
import { principalSettings, type VmwareNeeds } from "./settings.ts";

const STATUS_PATH = "/csp/gateway/iam/vmwid/api/principal/mfa/status";

export interface Principal {
  /** Its user name in lower case. */
  readonly id: string;
  /** As the policy writes it. */
  readonly name: string;
  readonly allowTokenLoss: boolean;
  /** Absent: the secret has no entry for it. */
  readonly credentials?: HeldCredentials;
}

/** What the organisation holds of an account. */
export interface HeldCredentials {
  readonly password: string;
  readonly session: Session;
}

/** The policy's principals, in its order. Throws `ERR_SECRET_INVALID` where the secret has a part that cannot be read. */
export const openPrincipals = (api: VmwareApi, needs: VmwareNeeds): Principal[] =>
  needs.settings.principals.map((written): Principal => {
    const { username, allowTokenLoss } = principalSettings(written);
    const credentials = openHeldCredentials(api, needs, username);
    return { id: fold(username), name: username, allowTokenLoss, ...omitUndefined({ credentials }) };
  });

function openHeldCredentials(api: VmwareApi, { id, secret }: VmwareNeeds, name: string): HeldCredentials | undefined {
  const held = principalSecret(secret, name, id);
  return held && { password: held.password, session: openSession(api, name, held) };
}

interface CallPlace {
  readonly method: string;
  readonly path: string;
}

/** Throws `ERR_SECRET_INVALID` where the secret has none. @param place the call that they are for */
export function credentialsOf(api: VmwareApi, { name, credentials }: Principal, place: CallPlace): HeldCredentials {
  if (credentials) return credentials;
  throw api.vendorError("ERR_SECRET_INVALID", place, `has no credentials of ${name} in its secret`);
}

/** A status without a user name is that of the token's owner, by the name in the token. */
export async function readStatus(
  api: VmwareApi,
  principal: Principal,
  signal: AbortSignal,
): Promise<ApiResponseTo<typeof mfaStatus>> {
  const { session } = credentialsOf(api, principal, { method: "GET", path: STATUS_PATH });
  const response = await session.call({ path: STATUS_PATH, schema: mfaStatus, signal });
  const { body } = response;
  const isNamed = body.username !== undefined && body.username !== null && body.username !== "";
  return isNamed ? response : { ...response, body: { ...body, username: await session.tokenOwner(signal) } };
}

/** What the vendor said of one principal just now. `date`: its clock, ISO 8601. */
export interface ObservedPrincipal {
  readonly subject: Subject;
  readonly date?: string;
}

/** What only this account can be told stays unknown, with the reason. Throws what may pass, or concerns all of them. */
export async function observePrincipal(
  api: VmwareApi,
  principal: Principal,
  signal: AbortSignal,
): Promise<ObservedPrincipal> {
  if (!principal.credentials) return unknownPrincipal(principal, NO_CREDENTIALS);
  try {
    const { body, date } = await readStatus(api, principal, signal);
    const unexpected = unexpectedUser(principal, body);
    const facts = unexpected === undefined ? factsOf(body) : factsUnknown(unexpected);
    return { subject: subjectOf(principal, facts), ...omitUndefined({ date }) };
  } catch (error) {
    if (!(error instanceof WardenError) || !PERSONAL_CODES.includes(error.code)) throw error;
    return unknownPrincipal(principal, describeError(error));
  }
}

export const NO_PRINCIPAL =
  "VMware lets only the account itself change its MFA, and the policy does not name it as a principal";
export const NO_CREDENTIALS = "its credentials are not in the directory's secret";
/** Refusals of one account, or of what its secret holds; the others can still be read. */
const PERSONAL_CODES: readonly Code[] = [
  "ERR_VENDOR_AUTH",
  "ERR_VENDOR_DENIED",
  "ERR_VENDOR_NOT_FOUND",
  "ERR_VENDOR_REJECTED",
];

export const unknownPrincipal = (principal: Principal, why: string): ObservedPrincipal => ({
  subject: subjectOf(principal, factsUnknown(why)),
});

const subjectOf = ({ id, name }: Principal, facts: Subject["facts"]): Subject => ({
  id,
  username: name,
  facts,
  switchNeedsDevice: true,
  credentialHeld: true,
});

/** What speaks against changing this account, by policy and secret alone. */
export function whyNotChanged({ allowTokenLoss, credentials }: Principal): string | undefined {
  if (!credentials) return NO_CREDENTIALS;
  if (credentials.session.hasSeed || allowTokenLoss) return undefined;
  return "its secret has no totpSeed, so its API token would be of no use with MFA on; add the seed, or allowTokenLoss: true to the policy";
}

/** A status is the token's owner's: one without this principal's name is somebody else's, or nobody's. */
export function unexpectedUser({ id }: Principal, { username }: MfaStatus): string | undefined {
  if (typeof username !== "string") return "VMware did not say whose MFA status it answered";
  return fold(username) === id ? undefined : "the secret holds somebody else's API token for it";
}
